import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafkaNorthward, type NorthwardConfig, type Receipt } from '../../../src/index.js';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../../src/testing/index.js';

const ROUNDS = 6;
const EACH = 400;
const DEVICES = 5;

describe('reconfigure() under load, on the embedded broker', () => {
  let broker: EmbeddedBroker;
  beforeAll(async () => {
    broker = await startEmbeddedBroker();
  });
  afterAll(async () => {
    await broker.stop();
  });

  const configOf = (topic: string): NorthwardConfig => ({
    connection: { bootstrapServers: broker.bootstrapServers },
    uplink: { telemetry: { enabled: true, topic, key: '{{device_id}}' } },
    downlink: { enabled: false },
  });

  it('each message goes to the topic of its time, none is lost, and each key of a topic keeps its order', async () => {
    const northward = createKafkaNorthward(configOf('round.0'));
    await northward.start();
    const sent: Array<{ round: number; device: number; receipt: Promise<Receipt> }> = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // There and back again: what is new stands behind what waits of the same topic.
      const topic = round % 2;
      northward.reconfigure(configOf(`round.${topic}`));
      for (let n = 0; n < EACH; n += 1) {
        const device = n % DEVICES;
        const data = { deviceId: device, deviceName: `d-${device}`, values: { n } };
        sent.push({ round: topic, device, receipt: northward.publishTelemetry(data) });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    const last = new Map<string, number>();
    for (const { round, device, receipt: promise } of sent) {
      const receipt = await promise;
      if (receipt.status !== 'delivered') throw new Error(receipt.status);
      expect(receipt.topic).toBe(`round.${round}`);
      const key = `${receipt.topic} ${device}`;
      expect(receipt.offset).toBeGreaterThan(last.get(key) ?? -1);
      last.set(key, receipt.offset ?? -1);
    }
    expect(last.size).toBe(2 * DEVICES);
    await northward.stop();
  });
});
