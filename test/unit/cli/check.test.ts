import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../../../src/index.js';
import { fileOf, runCli } from '../../support/cli.js';

const GOOD = `{
  // the line of the plant
  "connection": { "bootstrapServers": "127.0.0.1:9092" },
  "uplink": { "telemetry": { "enabled": true }, },
}`;
const WRONG = `{
  "connection": { "bootstrapServers": "127.0.0.1:9092", "passwrd": "hunter2" },
  "uplink": { "telemetry": { "enabled": "yes" } }
}`;
const ODD = `{
  "connection": { "bootstrapServers": "127.0.0.1:9092", "security": { "sasl": { "mechanism": "plain", "username": "a", "password": "hunter2" } } },
  "uplink": { "telemetry": { "enabled": true } }
}`;

describe('check', () => {
  it('given a configuration in order, with comments, then it says so', async () => {
    const file = await fileOf(GOOD);
    const { code, stdout, stderr } = await runCli(['check', file]);
    expect(stdout).toBe(`${file}: in order, no warnings\n`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('given several faults, then all are told with line and column, and no secret', async () => {
    const { code, stdout } = await runCli(['check', await fileOf(WRONG)]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error {4}connection\.passwrd \(line 2, column 57\): unknown key/m);
    expect(stdout).toMatch(/^error {4}uplink\.telemetry\.enabled \(line 3, column 30\): expected /m);
    expect(stdout).toMatch(/: wrong, 2 problems\n$/);
    expect(stdout).not.toContain('hunter2');
  });

  it('given --json, then problems and warnings are one document', async () => {
    const wrong = await runCli(['check', await fileOf(WRONG), '--json']);
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      ok: false,
      problems: [
        { path: 'connection.passwrd', line: 2 },
        { path: 'uplink.telemetry.enabled', line: 3 },
      ],
      warnings: [],
    });
  });

  it('given a warning, then it is good, and wrong with --strict', async () => {
    const file = await fileOf(ODD);
    const { code, stdout } = await runCli(['check', file]);
    expect({ code, lines: stdout.split('\n').length }).toEqual({ code: 0, lines: 3 });
    expect(stdout).toMatch(/^warning {2}connection\.security\.sasl \(line 2, column 71\)/);
    expect(stdout).not.toContain('hunter2');
    expect((await runCli(['check', file, '--strict'])).code).toBe(1);
  });

  it('given -, then it reads standard input', async () => {
    const { code, stdout } = await runCli(['check', '-'], { stdin: GOOD });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'standard input: in order, no warnings\n' });
    expect((await runCli(['check', '-'], { stdin: '{' })).code).toBe(1);
  });

  it('given what the host gives beside the document, then that counts', async () => {
    const file = await fileOf({
      connection: { bootstrapServers: '127.0.0.1:9092', extra: 1 },
      downlink: { writePoint: { enabled: true, topic: 'commands' } },
    });
    const { stdout } = await runCli(['check', file]);
    expect(stdout).toMatch(
      /connection\.extra[^]*^error {4}app\.id.*\. Where the host gives it: --app-id ID$/m,
    );
    const given = ['--app-id', '7', '--unknown-keys', 'warn'];
    expect(await runCli(['check', file, ...given])).toMatchObject({ code: 0, stdout: /1 warning/ });
  });

  it('given --schema, then that is a schema which editors take', async () => {
    const { code, stdout } = await runCli(['check', '--schema']);
    expect(code).toBe(0);
    expect(parseConfigText(stdout)).toHaveProperty('properties.connection');
  });
});
