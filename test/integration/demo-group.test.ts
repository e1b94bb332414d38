import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoConfig } from '../../examples/demo/config.js';
import { COMMAND_TOPICS } from '../../examples/demo/platform.js';
import { createKafkaNorthward } from '../../src/index.js';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/testing/index.js';
import { produceRaw } from '../support/raw-producer.js';

/** How long the demo waits for its gateway. */
const DEMO_WAITS_MS = 20_000;

let broker: EmbeddedBroker;
beforeAll(async () => {
  broker = await startEmbeddedBroker();
});
afterAll(async () => {
  await broker.stop();
});

it('given a demo that has left its group, when it is run again against the same embedded broker, then the group takes it', async () => {
  const record = { topic: COMMAND_TOPICS.commands, partition: 0, key: null, value: null, headers: [] };
  await produceRaw(broker.bootstrapServers, 'none', record); // so that the topic is there
  for (const run of [1, 2]) {
    const northward = createKafkaNorthward(demoConfig(broker.bootstrapServers));
    try {
      await northward.start();
      await northward.ready({ timeoutMs: DEMO_WAITS_MS });
      expect([run, northward.state]).toEqual([run, 'connected']);
    } finally {
      await northward.stop();
    }
  }
});
