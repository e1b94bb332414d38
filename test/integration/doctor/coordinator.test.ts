import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../../src/testing/index.js';
import { configAt, findingsOf } from '../../support/doctor/fault.js';
import { MovedCoordinator } from '../../support/moved-coordinator.js';

describe('the doctor, while the coordinator of a group moves', () => {
  let broker: EmbeddedBroker;
  beforeAll(async () => {
    broker = await startEmbeddedBroker();
  });
  afterAll(() => broker?.stop());

  it.each(['both sides', 'downlink'] as const)(
    'given %s and "not coordinator" as the answer, then it asks again, and the process lives',
    async (what) => {
      const moved = new MovedCoordinator(broker.bootstrapServers);
      const config = configAt(await moved.start(), 'plant.telemetry', {
        app: { id: 1 },
        downlink: { writePoint: { enabled: true, topic: 'plant.write' } },
      });
      try {
        // The embedded broker does not describe topics: that step takes its whole time.
        const side = what === 'downlink' ? { side: what } : {};
        const findings = await findingsOf(config, { ...side, timeoutMs: 4_000 });
        expect(moved.asked).toBe(2);
        expect(findings.filter(({ step }) => step === 'group')).toMatchObject([
          { status: 'ok', message: 'does not exist yet: it begins at the latest records' },
        ]);
      } finally {
        moved.stop();
      }
    },
  );
});
