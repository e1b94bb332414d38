import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../../src/testing/index.js';
import { fileOf, runCli, temporaryFolder } from '../../support/cli.js';
import { produceRaw } from '../../support/raw-producer.js';

const event = (deviceId: number) =>
  JSON.stringify({
    kind: 'telemetry',
    deviceId,
    deviceName: `pump-${deviceId}`,
    timestamp: 1,
    values: { temp: 1 },
  });

const command = (pointId: number, value: unknown) => {
  const data = { request_id: `w-${pointId}`, point_id: pointId, value, timestamp: '2026-01-31T12:35:00Z' };
  return JSON.stringify({
    schema_version: 1,
    event: { kind: 'write_point' },
    envelope: {},
    payload: { data },
  });
};

const documents = (stdout: string): unknown[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

describe('send and listen, on an embedded broker', () => {
  let broker: EmbeddedBroker;
  let config: string;
  let storeFolder: string;

  beforeAll(async () => {
    broker = await startEmbeddedBroker();
  });
  afterAll(() => broker.stop());

  async function writeConfig(topic: string): Promise<void> {
    storeFolder = await temporaryFolder();
    config = await fileOf({
      app: { id: 7, name: 'plant' },
      connection: { bootstrapServers: broker.bootstrapServers },
      uplink: { telemetry: { enabled: true, topic, key: '' }, store: { path: storeFolder } },
      downlink: { writePoint: { enabled: true, topic } },
    });
  }

  it('given events, then their receipts come in order, and what is no event is exit code 1', async () => {
    await writeConfig('sent');
    const { code, stdout, stderr } = await runCli(['send', config, '--json'], {
      stdin: [event(1), '', '{', event(2), JSON.stringify({ kind: 'alarm' }), event(1.5)].join('\n'),
    });
    expect(documents(stdout)).toMatchObject([
      { line: 1, kind: 'telemetry', status: 'delivered', topic: 'sent' },
      { line: 3, status: 'failed', error: { code: 'EVENT_INVALID' } },
      { line: 4, kind: 'telemetry', status: 'delivered', topic: 'sent' },
      { line: 5, kind: 'alarm', status: 'skipped', reason: 'mapping_disabled' },
      { line: 6, kind: 'telemetry', status: 'failed', error: { code: 'EVENT_INVALID' } },
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });

  it('given lines that are not sent, then each says why', async () => {
    await writeConfig('sent-not');
    const stdin = ['{', JSON.stringify({ kind: 'alarm' }), '[1]', 'null'].join('\n');
    const { stdout } = await runCli(['send', config], { stdin });
    expect(stdout).toMatch(
      /^line 1: failed, EVENT_INVALID: line 1 is no JSON: .*\n {2}Each line has to be one whole JSON object\.\n/,
    );
    expect(stdout).toMatch(/\nline 2: alarm skipped, nothing was sent \(mapping_disabled\)\n/);
    const hint = '  Each line has to be one whole JSON object.\n';
    const noObject = (line: number, found: string): string =>
      `line ${line}: failed, EVENT_INVALID: line ${line} is no JSON object; found ${found}\n${hint}`;
    expect(stdout).toMatch(new RegExp(`\n${noObject(3, 'a list')}${noObject(4, 'null')}$`));
  });

  it('given an event while standard input stays open, then its receipt does not wait for the end', async () => {
    await writeConfig('sent-early');
    const stdin = new PassThrough();
    stdin.write(`${event(1)}\n`);
    const { code, stdout, stderr } = await runCli(['send', config], {
      stdin,
      onOutput: (text) => {
        if (text.startsWith('line 1:')) stdin.end();
      },
    });
    expect(stdout).toMatch(/^line 1: telemetry delivered to sent-early, partition \d, offset 0\n$/);
    // The store lies in the folder for temporary files.
    expect(stderr).toMatch(/^warning {2}uplink\.store\.path .*\n1 event: 1 delivered\n$/);
    expect(code).toBe(0);
  });

  it('given an interruption, then what is under way ends, with exit code 130', async () => {
    await writeConfig('sent-interrupted');
    const interruption = new AbortController();
    const stdin = new PassThrough();
    stdin.write(`${event(1)}\n`);
    const { code, stdout } = await runCli(['send', config], {
      stdin,
      interrupted: interruption.signal,
      onOutput: () => {
        interruption.abort();
      },
    });
    expect(stdout).toMatch(/^line 1: telemetry delivered/);
    expect(code).toBe(130);
  });

  it('given no broker, then it is exit code 1, with the cause and what to do', async () => {
    const nobody = await fileOf({
      connection: { bootstrapServers: '127.0.0.1:9' },
      uplink: { telemetry: { enabled: true } },
    });
    const { code, stdout, stderr } = await runCli(['send', nobody, '--timeout', '3'], { stdin: event(1) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/Connecting to 127\.0\.0\.1:9 …\n/);
    expect(stderr).toMatch(/error .*127\.0\.0\.1:9.*refused/);
  });

  it('given commands, then they are printed, and read again by whoever comes next', async () => {
    await writeConfig('commands');
    const send = (value: string, partition: number) =>
      produceRaw(broker.bootstrapServers, 'none', {
        topic: 'commands',
        partition,
        key: Buffer.from('k\u001b[31m'),
        value: Buffer.from(value),
        headers: [{ trace: Buffer.from([0xff]) }],
      });
    await send('no command', 0);
    await send(command(1, 7), 0);
    await send(command(2, 8), 0);
    const typed = ['listen', config, '--from-beginning', '--count', '2'];
    const first = await runCli(typed);
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(
      /Listening to commands as group ng-kafka-northward-cli-[0-9a-f]{12}; Ctrl-C/,
    );
    expect(first.stderr).toMatch(/commands, partition 0, offset 0: BODY_NOT_JSON/);
    expect(first.stdout).not.toContain('\u001b');
    expect(documents(first.stdout)).toMatchObject([
      {
        kind: 'write_point',
        data: { pointId: 1, value: 7, timestamp: '2026-01-31T12:35:00.000Z' },
        offset: 1,
      },
      { kind: 'write_point', data: { pointId: 2, value: 8 }, offset: 2, attempt: 1, key: 'k\u001b[31m' },
    ]);
    expect(documents(first.stdout)[0]).toMatchObject({ headers: [['trace', { base64: '/w==' }]] });
    const again = await runCli(typed);
    expect(documents(again.stdout)).toEqual(documents(first.stdout));
  });

  it('given an interruption while nothing comes, then it ends with exit code 130', async () => {
    // A topic that there is.
    await writeConfig('commands');
    const interruption = new AbortController();
    const running = runCli(['listen', config], {
      interrupted: interruption.signal,
      onNote: (text) => {
        if (text.startsWith('Listening')) interruption.abort();
      },
    });
    expect(await running).toMatchObject({ code: 130, stdout: '' });
  });

  it('given no route that is enabled, then it says so', async () => {
    const file = await fileOf({ connection: { bootstrapServers: broker.bootstrapServers } });
    expect(await runCli(['listen', file])).toMatchObject({ code: 1, stderr: /no downlink route/ });
  });
});
