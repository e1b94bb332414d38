import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createKafkaNorthward, type DownlinkRecord, type KafkaNorthward } from '../../src/index.js';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/testing/index.js';
import { CONFIG_EXAMPLES, readConfigExample } from '../support/config-examples.js';
import { describeWithOwnKafka } from '../support/kafka-cluster.js';
import { produceRaw } from '../support/raw-producer.js';
import { SECRETS, startSecureKafka, type SecureKafka } from '../support/secure-kafka.js';

/** The embedded broker speaks no TLS: that one is tried below. */
const files = Object.keys(CONFIG_EXAMPLES).filter((file) => file !== 'sasl-ssl-scram.json');

describe('examples/config against a broker', () => {
  let broker: EmbeddedBroker;
  beforeAll(async () => {
    broker = await startEmbeddedBroker({ brokers: 2 });
  });
  afterAll(async () => {
    await broker.stop();
  });

  function made(file: string): KafkaNorthward {
    const document = readConfigExample(file) as { connection: object };
    const connection = { ...document.connection, bootstrapServers: broker.bootstrapServers };
    return createKafkaNorthward({ ...document, connection }, { pointMeta: CONFIG_EXAMPLES[file]?.pointMeta });
  }

  async function send({ topic, key, value, headers = [] }: DownlinkRecord): Promise<void> {
    await produceRaw(broker.bootstrapServers, 'none', {
      topic,
      partition: 0,
      key: key === undefined ? null : Buffer.from(String(key)),
      value: Buffer.from(String(value)),
      headers: headers.map(([name, text]) => ({ [name]: String(text) })),
    });
  }

  it.each(files)(
    '§7: given %s, then it connects, its records arrive, and its commands come',
    async (file) => {
      const { publish = [], receive = [] } = CONFIG_EXAMPLES[file] ?? {};
      // So that the topic is there; `latest` passes over them.
      for (const record of receive) await send(record);
      const northward = made(file);
      try {
        await northward.start();
        await northward.ready();
        expect((await northward.ping()).brokers).toHaveLength(2);

        const previews = publish.map((event) => northward.previewUplink(event));
        const outcomes = await northward.publishBatch(publish);
        expect(outcomes).toMatchObject(
          previews.map((preview) =>
            preview.status === 'skipped' ? preview : { status: 'delivered', topic: preview.topic },
          ),
        );

        for (const record of receive) await send(record);
        const commands = northward.commands();
        for (const record of receive) {
          const expected = northward.previewDownlink(record);
          if (expected.outcome !== 'event') continue;
          const { value } = await commands.next();
          expect(value?.kind).toBe(expected.kind);
          await value?.ack();
        }
      } finally {
        const report = await northward.stop();
        expect(report).toMatchObject({ undelivered: 0, unfinishedCommands: 0, timedOut: false });
      }
    },
  );
});

describeWithOwnKafka('examples/config/sasl-ssl-scram.json', () => {
  let kafka: SecureKafka;
  beforeAll(async () => {
    kafka = await startSecureKafka();
    await kafka.kafka.createTopic('ng.uplink.telemetry');
    await kafka.allow('scram512', ['--topic', 'ng.uplink.telemetry'], 'Write', 'Describe');
  });
  afterAll(async () => {
    await kafka?.stop();
    vi.unstubAllEnvs();
  });

  it('§7: given a Kafka with TLS and SCRAM-SHA-512, its address, CA and user, then its records arrive', async () => {
    vi.stubEnv('KAFKA_PASSWORD', SECRETS.scram512);
    const file = 'sasl-ssl-scram.json';
    const text = JSON.stringify(readConfigExample(file))
      .replace('kafka-1.example.com:9093', kafka.at('saslTls'))
      .replace('/etc/gateway/kafka-ca.pem', kafka.ca.certificate)
      .replace('"username":"gateway-a"', '"username":"scram512"');
    const northward = createKafkaNorthward(JSON.parse(text));
    try {
      await northward.start();
      await northward.ready();
      const outcomes = await northward.publishBatch(CONFIG_EXAMPLES[file]?.publish ?? []);
      expect(outcomes).toMatchObject([{ status: 'delivered', topic: 'ng.uplink.telemetry' }]);
    } finally {
      await northward.stop();
    }
  });
});
