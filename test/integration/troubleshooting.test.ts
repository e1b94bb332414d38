import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithOwnKafka } from '../support/kafka-cluster.js';
import { startSecureKafka, type SecureKafka } from '../support/secure-kafka.js';
import { KAFKA_SYMPTOMS, LOCAL_SYMPTOMS } from '../support/symptoms/connection.js';
import { pageWith, TROUBLESHOOTING } from '../support/symptoms/page.js';

/** What was seen so far. */
const texts: Record<string, string> = {};

describe('without a broker', () => {
  it.each(Object.entries(LOCAL_SYMPTOMS))('%s', async (id, make) => {
    texts[id] = await make();
  });
});

describeWithOwnKafka('with Kafka', () => {
  let kafka: SecureKafka;
  beforeAll(async () => {
    kafka = await startSecureKafka();
  });
  afterAll(async () => {
    await kafka?.stop();
  });

  it.each(Object.entries(KAFKA_SYMPTOMS))('%s', async (id, make) => {
    texts[id] = (await make(kafka)).replaceAll(/127\.0\.0\.1:\d{2,}/g, 'kafka:9093');
  });
});

// After a change: npx vitest run test/integration/troubleshooting.test.ts --update
it('docs/troubleshooting.md shows what was seen', async () => {
  await expect(await pageWith(texts)).toMatchFileSnapshot(TROUBLESHOOTING);
});
