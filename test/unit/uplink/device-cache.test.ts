import { describe, expect, it } from 'vitest';
import { NOW, allKinds, sender, telemetry, thrown } from './support.js';
import { nativeHeaders } from '../../../src/kafka/client/native-headers.js';
import { headersOf } from '../../../src/record/outgoing-record.js';

const HOUR = 3_600_000;

describe('§4 what is kept per device', () => {
  it('given the same device twice, when sent, then topic, key and headers are the same objects', () => {
    const { send } = sender(allKinds({}));
    const { slot: first } = send('telemetry', telemetry());
    const { slot: second } = send('telemetry', telemetry({ timestamp: NOW + 1 }));
    expect(second.key).toBe(first.key);
    expect(second.headers).toBe(first.headers);
  });

  it('given one id with another name, when sent, then topic, headers and value are of the new name', () => {
    const { send } = sender(allKinds({ topic: 't.{{device_name}}', key: '{{device_name}}' }));
    send('telemetry', telemetry());
    const renamed = send('telemetry', telemetry({ deviceName: 'fan' }));
    expect(renamed).toMatchObject({ topic: 't.fan', key: 'fan', headers: { device_name: 'fan' } });
    expect(renamed.text).toContain('"device":{"id":1,"name":"fan",');
    expect(send('telemetry', telemetry()).topic).toBe('t.pump');
  });

  it('given one id with another type, when sent, then topic, headers and value are of the new type', () => {
    const { send } = sender(allKinds({ topic: 't.{{device_type}}' }));
    const device = { deviceId: 1, deviceName: 'pump' };
    expect(send('device_connected', { ...device, deviceType: 'a' }).topic).toBe('t.a');
    const changed = send('device_connected', { ...device, deviceType: 'b' });
    expect(changed).toMatchObject({ topic: 't.b', headers: { device_type: 'b' } });
    expect(changed.text).toContain('"type":"b"}},"payload"');
  });

  it('given another channel of the first point, when sent, then topic and headers are of the new channel', () => {
    const pointMeta = (id: number | string) => (id === 9 ? undefined : { channelName: `c${id}` });
    const { send } = sender(allKinds({ topic: 't.{{channel_name}}' }), { pointMeta });
    const of = (pointId: number) =>
      send('telemetry', telemetry({ values: [{ pointId, pointKey: 'k', value: 1 }] }));
    expect(of(1)).toMatchObject({ topic: 't.c1', headers: { channel_name: 'c1' } });
    expect(of(2)).toMatchObject({ topic: 't.c2', headers: { channel_name: 'c2' } });
    expect(of(9).topic).toBe('t.');
    expect(of(9).headers).not.toHaveProperty('channel_name');
  });

  it('given the ids 1 and "1", when sent, then they are two devices', () => {
    const { send } = sender(allKinds({ topic: 't' }));
    expect(send('telemetry', telemetry()).text).toContain('"device_id":1,');
    expect(send('telemetry', telemetry({ deviceId: '1' })).text).toContain('"device_id":"1",');
  });

  it('given a topic by hour, when the hour of the event changes and comes back, then so does the topic', () => {
    const { send } = sender(allKinds({ topic: '{{yyyy}}{{MM}}{{dd}}{{HH}}' }));
    const at = (timestamp: number) => send('telemetry', telemetry({ timestamp })).topic;
    const midnight = Date.UTC(2026, 0, 1);
    expect([
      at(midnight - 1),
      at(midnight),
      at(midnight + HOUR - 1),
      at(midnight + HOUR),
      at(midnight - 1),
    ]).toEqual(['2025123123', '2026010100', '2026010100', '2026010101', '2025123123']);
    expect([at(-1), at(0)]).toEqual(['1969123123', '1970010100']);
  });

  it('given a key by hour and a constant topic, when the hour changes, then so does the key', () => {
    const { send } = sender(allKinds({ topic: 't', key: '{{HH}}' }));
    expect(send('telemetry', telemetry({ timestamp: 0 })).key).toBe('00');
    expect(send('telemetry', telemetry({ timestamp: HOUR })).key).toBe('01');
  });

  it.each([
    ['{{ts_ms}}', 'telemetry', telemetry(), telemetry({ timestamp: NOW + 1 })],
    ['{{lookup this "ts_ms"}}', 'telemetry', telemetry(), telemetry({ timestamp: NOW + 1 })],
    ['{{#each this}}{{this}}-{{/each}}', 'telemetry', telemetry(), telemetry({ timestamp: NOW + 1 })],
    ['{{@root.ts_ms}}', 'telemetry', telemetry(), telemetry({ timestamp: NOW + 1 })],
  ] as const)(
    'given the topic %s, when two events differ in time, then so do their topics',
    (topic, kind, a, b) => {
      const { send } = sender(allKinds({ topic }));
      expect(send(kind, a).topic).not.toBe(send(kind, b).topic);
    },
  );

  it('given alarms of one device, when type and severity differ, then so do topic and key', () => {
    const { send } = sender(allKinds({ topic: 't.{{alarm_type}}', key: '{{severity}}' }));
    const alarm = { deviceId: 1, deviceName: 'd', message: '', alarmType: 'a', severity: 'INFO' };
    expect(send('alarm', alarm)).toMatchObject({ topic: 't.a', key: 'INFO' });
    expect(send('alarm', { ...alarm, alarmType: 'b', severity: 'MAJOR' })).toMatchObject({
      topic: 't.b',
      key: 'MAJOR',
    });
  });

  it('given responses of one device, when request and point differ, then so do topic, key and header', () => {
    const { send } = sender(allKinds({ topic: 't.{{request_id}}', key: '{{point_id}}' }));
    const response = { requestId: 'r1', pointId: 1, deviceId: 1, status: 'Success' };
    expect(send('write_point_response', response)).toMatchObject({
      topic: 't.r1',
      key: '1',
      headers: { request_id: 'r1' },
    });
    const second = send('write_point_response', { ...response, requestId: 'r2', pointId: 2 });
    expect(second).toMatchObject({ topic: 't.r2', key: '2', headers: { request_id: 'r2' } });
  });

  it('given responses to a constant topic, when the request differs, then so does its header', () => {
    const { send } = sender(allKinds({ topic: 't' }));
    const response = { requestId: 'r1', deviceId: 1, targetType: 'GATEWAY' };
    expect(send('rpc_response', response).headers['request_id']).toBe('r1');
    expect(send('rpc_response', { ...response, requestId: 'r2' }).headers['request_id']).toBe('r2');
  });

  it('given kinds with one device, when sent, then each has its own route', () => {
    const { send } = sender(allKinds({ topic: '{{event_kind}}' }));
    expect(send('telemetry', telemetry()).topic).toBe('telemetry');
    expect(send('attributes', telemetry()).topic).toBe('attributes');
  });

  it('given an illegal topic of a device, when its name changes to a legal one, then it is sent', () => {
    const { send } = sender({ ...allKinds({ topic: '{{device_name}}' }), topicPolicy: 'reject' });
    expect(thrown(() => send('telemetry', telemetry({ deviceName: 'a b' })))).toMatchObject({
      code: 'TOPIC_ILLEGAL',
    });
    expect(send('telemetry', telemetry()).topic).toBe('pump');
    expect(thrown(() => send('telemetry', telemetry({ deviceName: 'a b' })))).toMatchObject({
      code: 'TOPIC_ILLEGAL',
    });
  });
});

describe('§4 headers of a route', () => {
  it('given two events of a device, when headers are taken, then only ts_ms is changed, in place', () => {
    const { send } = sender(allKinds({}));
    const { headers } = send('telemetry', telemetry()).slot;
    const first = nativeHeaders(headers, 1);
    expect(first).toContainEqual({ ts_ms: '1' });
    const second = nativeHeaders(headers, 2);
    expect(second).toBe(first);
    expect(second).toContainEqual({ ts_ms: '2' });
  });

  it('given a static header of the name of a variable, when headers are taken, then its value stays', () => {
    const { send } = sender({
      ...allKinds({}),
      headers: { include: ['device_id'], static: { ts_ms: 'fixed' } },
    });
    expect(headersOf(send('telemetry', telemetry()).slot)).toStrictEqual([
      ['device_id', '1'],
      ['ts_ms', 'fixed'],
    ]);
    const all = sender({ ...allKinds({}), headers: { include: true, static: { ts_ms: 'fixed' } } });
    expect(all.send('telemetry', telemetry()).headers['ts_ms']).toBe('fixed');
  });

  it('given no headers, when taken, then there is no array at all', () => {
    const { send } = sender({ ...allKinds({}), headers: false });
    expect(nativeHeaders(send('telemetry', telemetry()).slot.headers, 5)).toBeUndefined();
  });

  it('given every kind, when sent, then each header is a text', () => {
    const { send } = sender(allKinds({ topic: 't' }));
    const data = {
      ...telemetry({ deviceType: 'x', alarmType: 'a', severity: 'INFO', message: '' }),
      requestId: 'r',
      targetType: 'GATEWAY',
      pointId: 1,
      status: 'Success',
    };
    const kinds = [
      'telemetry',
      'attributes',
      'device_connected',
      'device_disconnected',
      'alarm',
      'rpc_response',
      'write_point_response',
    ] as const;
    for (const kind of kinds) {
      const values = Object.values(send(kind, data).headers);
      expect(values.length, kind).toBeGreaterThan(5);
      for (const value of values) expect(value).toBeTypeOf('string');
    }
  });
});
