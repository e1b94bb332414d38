import { readFileSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { producerProperties } from '../../../src/kafka/client/librdkafka.js';
import { parseConfig } from '../../../src/config/parse.js';
import { resolveSecrets } from '../../../src/kafka/client/secrets.js';
import { asConfig, createKafkaNorthward, type KafkaNorthward } from '../../../src/index.js';
import { createMemoryNorthward } from '../../../src/testing/index.js';
import { CONFIG_EXAMPLES, outputOf, readConfigExample } from '../../support/config-examples.js';

const root = new URL('../../../', import.meta.url);
const PAGE = new URL('docs/configuration-examples.md', root);
const files = Object.keys(CONFIG_EXAMPLES);

function made(file: string): KafkaNorthward {
  return createKafkaNorthward(asConfig(readConfigExample(file)), {
    pointMeta: CONFIG_EXAMPLES[file]?.pointMeta,
  });
}

/** The page with each block behind a marker as it has to be. */
function rendered(page: string): string {
  const block = /<!-- (file|out): ([\w.-]+) -->\n\n```\w*\n[\s\S]*?^```$/gm;
  return page.replaceAll(block, (_all, what: string, file: string) => {
    const isFile = what === 'file';
    const text = isFile
      ? readFileSync(new URL(`examples/config/${file}`, root), 'utf8').trimEnd()
      : outputOf(made(file), CONFIG_EXAMPLES[file] ?? {});
    return `<!-- ${what}: ${file} -->\n\n\`\`\`${isFile ? 'json' : 'text'}\n${text}\n\`\`\``;
  });
}

describe('examples/config', () => {
  it('has the files that are shown and run here, and no other', () => {
    expect(readdirSync(new URL('examples/config/', root)).toSorted()).toEqual(files.toSorted());
  });

  // After a change: npx vitest run test/unit/docs/configuration-examples.test.ts --update
  it('each file and what comes out stand in docs/configuration-examples.md as they are', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const shown = [...page.matchAll(/<!-- (?:file|out): ([\w.-]+) -->/g)].map(([, file = '']) => file);
    expect(shown.toSorted()).toEqual([...files, ...files].toSorted());
    await expect(rendered(page)).toMatchFileSnapshot(PAGE.pathname);
  });

  it.each(files)(
    '§2: given %s, when it is read, then only the leftovers of a form, and a file without any kind, are warned of',
    (file) => {
      const paths = made(file).warnings.map(({ path }) => path);
      const leftovers = [
        'connection.security.tls',
        'connection.security.sasl',
        'uplink.telemetry.payload.includeMeta',
        'uplink.telemetry.payload.config',
        'downlink.writePoint.payload.filter',
      ];
      // It shows the connection alone.
      const expected: Record<string, string[]> = {
        'form-leftovers.json': leftovers,
        'plaintext-only.json': ['uplink'],
      };
      expect(paths).toEqual(expected[file] ?? []);
    },
  );
});

/** What a preview and a published record have in common. */
interface Fields {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestampMs: number;
}

describe('examples/config on a Kafka in memory', () => {
  let northward: KafkaNorthward | undefined;
  afterEach(async () => {
    await northward?.stop();
  });

  it.each(files)('§7: given %s, when it is run, then what comes out is what the page shows', async (file) => {
    const { pointMeta, publish = [], receive = [] } = CONFIG_EXAMPLES[file] ?? {};
    const double = createMemoryNorthward(asConfig(readConfigExample(file)), { pointMeta });
    northward = double;
    await double.start();

    const previews = publish.map((event) => made(file).previewUplink(event));
    const sent = previews.filter((preview) => preview.status === 'record');
    const outcomes = await double.publishBatch(publish);
    expect(outcomes.map(({ status }) => status)).toEqual(
      previews.map(({ status }) => (status === 'record' ? 'delivered' : status)),
    );
    const fieldsOf = ({ topic, key, value, timestampMs }: Fields) => ({
      topic,
      key,
      value,
      timestampMs,
    });
    const stored = double.published.map(({ raw, ...record }) => fieldsOf({ ...record, ...raw }));
    expect(stored).toEqual(sent.map(fieldsOf));

    const expected = receive
      .map((record) => made(file).previewDownlink(record))
      .flatMap((preview) => (preview.outcome === 'event' ? [[preview.kind, preview.data]] : []));
    for (const { topic, ...record } of receive) await double.deliver(topic, record);
    const commands = double.commands();
    for (const command of expected) {
      const { value } = await commands.next();
      expect([value?.kind, value?.data]).toEqual(command);
      await value?.ack();
    }
    expect(double.metrics().downlink.decodeErrors).toBe(0);
  });
});

it('§2: given sasl-ssl-scram.json, then librdkafka gets the CA, the mechanism and the secret of the environment', async () => {
  const { config } = parseConfig(readConfigExample('sasl-ssl-scram.json'));
  const secrets = await resolveSecrets(config, { KAFKA_PASSWORD: 'hunter2' });
  expect(producerProperties(config, secrets)).toMatchObject({
    'bootstrap.servers': 'kafka-1.example.com:9093',
    'client.id': 'gateway-a',
    'security.protocol': 'sasl_ssl',
    'ssl.ca.location': '/etc/gateway/kafka-ca.pem',
    'ssl.endpoint.identification.algorithm': 'https',
    'sasl.mechanisms': 'SCRAM-SHA-512',
    'sasl.username': 'gateway-a',
    'sasl.password': 'hunter2',
  });
});

it('§2: given two-brokers.json, then each of its nine producer fields reaches librdkafka', async () => {
  const { config } = parseConfig(readConfigExample('two-brokers.json'));
  expect(producerProperties(config, await resolveSecrets(config))).toMatchObject({
    'bootstrap.servers': '127.0.0.1:9092,127.0.0.1:9094',
    'enable.idempotence': true,
    acks: -1,
    'compression.type': 'zstd',
    'linger.ms': 20,
    'batch.num.messages': 2000,
    'batch.size': 262_144,
    'message.timeout.ms': 60_000,
    'request.timeout.ms': 10_000,
    'max.in.flight.requests.per.connection': 5,
  });
});
