import { describe, expect, it } from 'vitest';
import { TopicLog } from '../../../src/uplink/encode/topic-log.js';
import { allKinds, previewText, sender, telemetry } from './support.js';

describe('§4 topics counted and collisions told', () => {
  it('given renderings that become one topic, when sent again and again, then one warning names both', () => {
    const warnings: unknown[] = [];
    const warn = (message: string, fields: object) => void warnings.push({ message, ...fields });
    const { send, mapper } = sender(allKinds({ topic: 't.{{device_name}}' }), { warn });
    for (let i = 0; i < 3; i += 1) {
      send('telemetry', telemetry({ deviceId: 1, deviceName: 'a b' }));
      send('telemetry', telemetry({ deviceId: 2, deviceName: 'a_b' }));
      send('telemetry', telemetry({ deviceId: 3, deviceName: 'a/b' }));
    }
    expect(warnings).toStrictEqual([
      { message: expect.stringContaining('one Kafka topic'), topic: 't.a_b', renderings: ['t.a b', 't.a_b'] },
    ]);
    expect(mapper.distinctTopics).toBe(1);
  });

  it('given topics that differ by "." and "_" only, which Kafka takes for colliding, then one warning names both', () => {
    const warnings: unknown[] = [];
    const warn = (message: string, fields: object) => void warnings.push({ message, ...fields });
    const { send, mapper } = sender(allKinds({ topic: 't.{{device_name}}' }), { warn });
    for (let i = 0; i < 3; i += 1) {
      send('telemetry', telemetry({ deviceId: 1, deviceName: 'pump.1' }));
      send('telemetry', telemetry({ deviceId: 2, deviceName: 'pump 1' }));
      send('telemetry', telemetry({ deviceId: 3, deviceName: 'pump-1' }));
      send('telemetry', telemetry({ deviceId: 4, deviceName: 'valve_1' }));
    }
    expect(warnings).toStrictEqual([
      { message: expect.stringContaining('collide'), topics: ['t.pump.1', 't.pump_1'] },
    ]);
    expect(mapper.distinctTopics).toBe(4);
    expect(mapper.rivalOf('t.pump_1')).toBe('t.pump.1');
    expect(mapper.rivalOf('t.pump.1')).toBeUndefined();
    expect(mapper.rivalOf('t.valve_1')).toBeUndefined();
  });

  it('given a topic that collides with one of the downlink, then it is told as well', () => {
    const warnings: unknown[] = [];
    const warn = (_message: string, fields: object) => void warnings.push(fields);
    const log = new TopicLog(warn, ['plant.letters', 'plant_letters', 'x']);
    expect(warnings).toStrictEqual([{ topics: ['plant.letters', 'plant_letters'] }]);
    log.note({ renderedTopic: 'x', topic: 'x' } as never);
    log.note({ renderedTopic: 'plant.letters', topic: 'plant.letters' } as never);
    expect(warnings).toHaveLength(1);
    expect(log.size).toBe(2);
  });

  it('given colliding topics without end, then what is kept is bounded', () => {
    let warnings = 0;
    const log = new TopicLog(() => (warnings += 1));
    for (let n = 0; n < 30_000; n += 1)
      for (const topic of [`a.${n}`, `a_${n}`]) log.note({ renderedTopic: topic, topic } as never);
    expect(log.size).toBe(10_000);
    expect(warnings).toBeLessThan(200);
  });

  it('given 10,500 topics, when sent, then the count stops at 10,000', () => {
    const { send, mapper } = sender(allKinds({ topic: 't.{{device_id}}' }));
    for (let deviceId = 0; deviceId < 10_500; deviceId += 1) send('telemetry', telemetry({ deviceId }));
    expect(mapper.distinctTopics).toBe(10_000);
  });

  it('given 1,000 topics and more, when sent, then one warning says what it costs', () => {
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    const { send } = sender(allKinds({ topic: 't.{{device_id}}' }), { warn });
    for (let deviceId = 0; deviceId < 999; deviceId += 1) send('telemetry', telemetry({ deviceId }));
    expect(warnings).toEqual([]);
    for (let deviceId = 999; deviceId < 1_500; deviceId += 1) send('telemetry', telemetry({ deviceId }));
    expect(warnings).toEqual([expect.stringContaining('1000 distinct topics')]);
  });

  it('given previews, when sent later, then neither count nor warning came from them', () => {
    const warnings: unknown[] = [];
    const { send, mapper } = sender(allKinds({ topic: 't.{{device_name}}' }), {
      warn: (m) => void warnings.push(m),
    });
    mapper.preview({ kind: 'telemetry', ...telemetry({ deviceName: 'a b' }) } as never);
    mapper.preview({ kind: 'telemetry', ...telemetry({ deviceName: 'a_b' }) } as never);
    expect(mapper.distinctTopics).toBe(0);
    send('telemetry', telemetry({ deviceName: 'a b' }));
    expect(warnings).toEqual([]);
    expect(mapper.distinctTopics).toBe(1);
  });
});

describe('§4 many devices', () => {
  it('given more devices than are kept, when each is sent twice, then every record is of its device', () => {
    const { send, mapper } = sender(allKinds({ topic: 't', key: '{{device_id}}/{{device_name}}' }));
    for (let round = 0; round < 2; round += 1) {
      for (let deviceId = 0; deviceId < 17_000; deviceId += 1) {
        const { key } = send('telemetry', telemetry({ deviceId, deviceName: `d${deviceId}` }));
        if (key !== `${deviceId}/d${deviceId}`) throw new Error(`device ${deviceId}: key ${key}`);
      }
    }
    expect(previewText(mapper, { kind: 'telemetry', ...telemetry() } as never)).toContain('"device_id":1,');
  });
});
