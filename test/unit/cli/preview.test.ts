import { describe, expect, it } from 'vitest';
import { fileOf, runCli } from '../../support/cli.js';

const CONFIG = {
  app: { id: 7, name: 'plant' },
  connection: { bootstrapServers: '127.0.0.1:9' },
  uplink: {
    telemetry: { enabled: true, topic: 'ng.telemetry', payload: { mode: 'kv' } },
    alarm: { enabled: true, topic: 'ng.alarm {{device_name}}', key: '' },
  },
  downlink: {
    writePoint: { enabled: true, topic: 'commands', payload: { mode: 'envelope_json' } },
  },
};
const EVENT = {
  kind: 'telemetry',
  deviceId: 5,
  deviceName: 'kiln\u001b[31m',
  timestamp: 0,
  values: { temp: 1, serial: 3 },
};

const documents = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('preview', () => {
  it('given no event, then each enabled mapping shows a sample', async () => {
    const { code, stdout } = await runCli(['preview', await fileOf(CONFIG)]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^telemetry\n {2}topic {6}ng\.telemetry\n {2}key {8}1001\n/);
    expect(stdout).toMatch(
      /^alarm\n {2}topic {6}ng\.alarm_pump-1 \(rendered as "ng\.alarm pump-1", which Kafka does not allow\)\n {2}key {8}none\n/m,
    );
    expect(stdout).toContain('"temp": 25.0\n');
    expect(stdout).not.toContain('attributes');
  });

  it('given --json, then a line has the record, with the exact bytes', async () => {
    const { stdout } = await runCli(['preview', await fileOf(CONFIG), '--json']);
    expect(documents(stdout)).toMatchObject([
      { kind: 'telemetry', status: 'record', topic: 'ng.telemetry', key: '1001', headers: { app_id: '7' } },
      { kind: 'alarm', topic: 'ng.alarm_pump-1', renderedTopic: 'ng.alarm pump-1', key: null },
    ]);
    const [{ value }] = documents(stdout) as [{ value: string }];
    expect(value).toBe('{"ts_ms":1769862900123,"values":{"running":true,"temp":25.0}}');
  });

  it('given events of a file, then those are shown, with all digits and no control character', async () => {
    const text = JSON.stringify([EVENT, { ...EVENT, kind: 'attributes' }]).replace('3}', '9007199254740993}');
    const file = await fileOf(text, 'event.json');
    const { code, stdout } = await runCli(['preview', await fileOf(CONFIG), file], { terminal: true });
    expect(code).toBe(0);
    expect(stdout).toContain('"serial": 9007199254740993');
    expect(stdout).toContain(String.raw`device_name: kiln\u001b[31m`);
    expect(stdout).not.toContain('kiln\u001b');
    expect(stdout).toContain('nothing is sent (mapping_disabled)');
  });

  it('given an event that is refused, then it is exit code 1, and the others are shown', async () => {
    const file = await fileOf([{ ...EVENT, deviceId: 1.5 }, EVENT], 'event.json');
    const { code, stdout } = await runCli(['preview', await fileOf(CONFIG), file, '--json']);
    expect(code).toBe(1);
    expect(documents(stdout)).toMatchObject([
      { kind: 'telemetry', status: 'refused', error: { code: 'EVENT_INVALID' } },
      { kind: 'telemetry', status: 'record' },
    ]);
  });

  it('given an event without a kind, then it is told as an event', async () => {
    const { code, stdout } = await runCli(['preview', await fileOf(CONFIG), await fileOf({}, 'event.json')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^event: EVENT_INVALID\n {2}kind: expected one of telemetry, /);
  });

  it('given a file that is no JSON, then it is exit code 2', async () => {
    const file = await fileOf('{', 'event.json');
    const { code, stderr } = await runCli(['preview', await fileOf(CONFIG), file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/event\.json is no JSON/);
  });

  it('given a configuration that is wrong, then its problems are shown, and it is exit code 1', async () => {
    const { code, stdout, stderr } = await runCli(['preview', await fileOf({})]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error {4}connection/m);
    const json = await runCli(['preview', await fileOf({}), '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'CONFIG_INVALID', problems: [{}] } });
  });

  it('given a record of the downlink, then it shows the command, that it is ignored, or why it cannot be decoded', async () => {
    const config = await fileOf(CONFIG);
    const data = { request_id: 'w', point_id: 1, device_id: 5, value: 1, timestamp: 0 };
    const event = { kind: 'write_point' };
    const value = { schema_version: 1, event, envelope: {}, payload: { data } };
    const ran = async (record: unknown) =>
      runCli(['preview', config, '--downlink', await fileOf(record, 'record.json'), '--json']);
    const command = await ran({ topic: 'commands', value, key: 'k', headers: { a: 'b' } });
    expect(command.code).toBe(0);
    expect(JSON.parse(command.stdout)).toMatchObject({ outcome: 'event', kind: 'write_point' });
    expect(JSON.parse((await ran({ topic: 'others', value })).stdout)).toEqual({ outcome: 'ignored' });
    const wrong = await ran({ topic: 'commands', value: 'x' });
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ outcome: 'error', error: { code: 'BODY_NOT_JSON' } });
    expect(await ran({ value })).toMatchObject({ code: 2, stderr: /record\.json: topic: expected a text/ });
  });
});
