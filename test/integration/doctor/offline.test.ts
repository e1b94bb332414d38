import { describe, expect, it } from 'vitest';
import { findingsFor, firstFault } from '../../support/doctor/fault.js';
import { OFFLINE_FAULTS } from '../../support/doctor/offline-faults.js';

describe('the doctor without a Kafka', () => {
  it.each(OFFLINE_FAULTS)('names cause and setting: $fault', async (fault) => {
    const findings = await findingsFor(fault, null);
    const first = firstFault(findings);
    const { step, status = 'failed', code, setting, words } = fault;
    expect(first, JSON.stringify(findings, null, 1)).toMatchObject({ step, status, code, setting });
    expect(first?.message).toMatch(words);
    expect(first?.hint).toBeTruthy();
    expect(first?.docs).toMatch(/^docs\//);
  });
});
