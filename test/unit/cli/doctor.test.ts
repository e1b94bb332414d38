import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileOf, runCli } from '../../support/cli.js';
import { root } from '../../support/doc-pages.js';

/** Nothing listens there. */
const NOWHERE = {
  connection: { bootstrapServers: '127.0.0.1:1' },
  uplink: { telemetry: { enabled: true, topic: 'plant.telemetry' } },
  downlink: { enabled: false },
};

/** Without what differs from run to run. */
const steady = (text: string): string =>
  text
    .replaceAll(/\d+ ms/g, '1 ms')
    .replaceAll(/in \d+\.\d s/g, 'in 0.1 s')
    .replaceAll(/librdkafka \d+\.\d+\.\d+/g, 'librdkafka 2.15.1');

describe('doctor', () => {
  it('given that nothing listens, then the line says so, with the setting and the page, and the exit code is 1', async () => {
    const { code, stdout, stderr } = await runCli(['doctor', await fileOf(NOWHERE)]);
    expect(code).toBe(1);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^failed {3}tcp 127\.0\.0\.1:1: .*nothing listens there/m);
    expect(stdout).toContain('setting: connection.bootstrapServers; see docs/troubleshooting.md');
    expect(stdout).toMatch(/^1 failed, \d+ ok, \d+ skipped, in [\d.]+ s$/m);
  });

  it('--json: one finding a line', async () => {
    const { code, stdout } = await runCli(['doctor', await fileOf(NOWHERE), '--json']);
    expect(code).toBe(1);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: string; status: string });
    expect(findings[0]).toMatchObject({ step: 'configuration', status: 'ok', details: [] });
    expect(findings.filter(({ status }) => status === 'failed').map(({ step }) => step)).toEqual(['tcp']);
  });

  it('given control characters in a topic, then a terminal does not get them', async () => {
    const uplink = { telemetry: { enabled: true, topic: 'plant.{{device_name}}\u001b[2J' } };
    const { stdout } = await runCli(['doctor', await fileOf({ ...NOWHERE, uplink })], { terminal: true });
    expect(stdout).not.toContain('\u001b[2J');
  });

  it('given a step that is none, then it is refused', async () => {
    const { code, stderr } = await runCli(['doctor', await fileOf(NOWHERE), '--side', 'north']);
    expect(code).toBe(2);
    expect(stderr).toContain('--side takes uplink or downlink');
  });

  it('given that it is interrupted, then the exit code says so', async () => {
    const interrupted = AbortSignal.abort();
    expect((await runCli(['doctor', await fileOf(NOWHERE)], { interrupted })).code).toBe(130);
  });

  // After a change: npx vitest run test/unit/cli/doctor.test.ts --update
  it('docs/doctor.md shows what it prints', async () => {
    const page = path.join(root, 'docs/doctor.md');
    const text = await readFile(page, 'utf8');
    const { stdout } = await runCli(['doctor', await fileOf(NOWHERE)]);
    const shown = text.replace(
      /(<!-- doctor prints -->\n\n```text\n)[^`]*/,
      (_, head: string) => head + steady(stdout),
    );
    await expect(shown).toMatchFileSnapshot(page);
    expect(shown).toContain('failed   tcp 127.0.0.1:1');
  });
});
