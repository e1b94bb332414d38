import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { producerProperties } from '../../../src/kafka/client/librdkafka.js';
import { parseConfig } from '../../../src/config/parse.js';
import { resolveSecrets } from '../../../src/kafka/client/secrets.js';
import { asConfig, createKafkaNorthward } from '../../../src/index.js';
import { root } from '../../support/doc-pages.js';

const page = readFileSync(`${root}/docs/moving-from-the-rust-plugin.md`, 'utf8');
const UNIT = 'test/unit';
const GOLDEN = `${UNIT}/../vectors/golden-downlink`;

/** Name of a row of the page → the test that shows what stands in its column "here". */
const SHOWN_BY: Readonly<Record<string, readonly [file: string, title?: string]>> = {
  'app id': [`${UNIT}/docs/moving.test.ts`, 'given a route and no app id'],
  mistakes: [`${UNIT}/uplink/compiled-once.test.ts`, '§8.15'],
  'unknown helper': [`${UNIT}/docs/moving.test.ts`, 'given an unknown helper'],
  'malformed expressions': [`${UNIT}/language/jmespath.test.ts`, "['[a b]'"],
  'if outside of a block': [`${UNIT}/language/template.test.ts`, "['{{if device_id}}'"],
  'kv for online and offline': [`${UNIT}/uplink/compiled-once.test.ts`, '§8.9'],
  'topics of routes': [`${UNIT}/config/rules-downlink.test.ts`, "'^a.*'"],
  'empty host name check': [`${UNIT}/config/parse.test.ts`, "endpointIdentificationAlgorithm: ''"],
  'retry policy': [`${UNIT}/delivery/fatal.test.ts`, '§8.13 attempts are counted again'],
  'missing topic': [`${UNIT}/docs/moving.test.ts`, 'given the defaults'],
  data_type: [`${UNIT}/../vectors/golden/s5-kv-meta-code.json`],
  'whole floats': [`${UNIT}/../vectors/golden/s3-float-metadata.json`],
  'whole floats as text': [`${UNIT}/language/jmespath.test.ts`, "['to_string(sum("],
  'a text beside a number': [`${UNIT}/language/template.test.ts`, '{{#gte "07" 6}}'],
  'order of each': [`${UNIT}/language/template.test.ts`, '{{#each this}}{{@key}},'],
  'illegal topics': [`${UNIT}/uplink/route.test.ts`, '§8.8'],
  'result of a publish': [`${UNIT}/delivery/receipts.test.ts`, '§8.1 does not resolve before'],
  'full queue': [`${UNIT}/delivery/queue.test.ts`, 'reject: says that the queue is full'],
  'failed delivery': ['test/integration/uplink/outages.test.ts', 'one missing among ten good ones'],
  'long outage': ['test/integration/uplink/outages.test.ts', '§8.4'],
  kinds: [`${UNIT}/uplink/event.test.ts`, '§8.11'],
  stopping: [`${UNIT}/delivery/lifecycle.test.ts`, '§8.12 waits for every report'],
  'when a command is done': [`${UNIT}/downlink/acknowledge.test.ts`, '(§8.6)'],
  'failurePolicy error': [`${UNIT}/downlink/failures.test.ts`, '(§8.5)'],
  'your code fails': [`${UNIT}/downlink/failures.test.ts`, 'given a host that fails on every command twice'],
  'late commands': [`${UNIT}/downlink/expiry.test.ts`, 'given a command past timestamp + timeout_ms'],
  order: [`${UNIT}/downlink/acknowledge.test.ts`, 'given records of one key'],
  'first start': [`${UNIT}/downlink/group.test.ts`, 'the end is committed at once'],
  'added partitions': ['test/integration/downlink/lost-offsets.test.ts', 'added while no gateway runs'],
  assignment: ['test/integration/moving.test.ts', 'while an eager member is there'],
  'errors of the consumer': [`${UNIT}/downlink/acknowledge.test.ts`, '(§8.14)'],
  'lenient JSON': [`${GOLDEN}/malformed-envelope-beside-a-good-event.json`],
  timestamps: [`${GOLDEN}/timestamp-unix-ms.json`],
  'odd times': [`${UNIT}/language/rfc3339.test.ts`, "'2024-1-2T3:4:5Z'"],
  'large integers': [`${GOLDEN}/value-beyond-2-64-stays-exact.json`],
  'state connected': [`${UNIT}/delivery/lifecycle.test.ts`, '§8.7 is connected only after a broker answered'],
  'cause of failure': ['test/integration/troubleshooting.test.ts'],
};

describe('docs/moving-from-the-rust-plugin.md', () => {
  const rows = [...page.matchAll(/^\| \*\*([^*]+)\*\* /gm)].map(([, name = '']) => name);

  it('has a test for each difference, and no difference without', () => {
    expect(rows.toSorted()).toEqual(Object.keys(SHOWN_BY).toSorted());
  });

  it.each(Object.entries(SHOWN_BY))('%s: the test is there', (_name, [file, title = '']) => {
    const lines = readFileSync(`${root}/${file}`, 'utf8').split('\n');
    // Not the line of the table above.
    expect(lines.filter((line) => line.includes(title) && !line.includes(': [`${UNIT}'))).not.toEqual([]);
  });
});

/** The plugin's document, without what its host hands over beside it. */
const plugin = (topic: string) =>
  asConfig({
    connection: { bootstrapServers: '127.0.0.1:9092' },
    uplink: { telemetry: { enabled: true, topic } },
    downlink: { writePoint: { enabled: true } },
  });

describe('a document of the Rust plugin', () => {
  it('§2: given a route and no app id, then it is refused; given the id beside it, then it is taken', () => {
    expect(() => createKafkaNorthward(plugin('a'))).toThrow('app.id: is required');
    const { config } = parseConfig(plugin('a'), { app: { id: 12 } });
    expect(config.downlink.groupId).toBe('ng-gateway-plugin-12');
    expect(config.connection.clientId).toBe('ng-gateway-app-12');
  });

  it('§4: given an unknown helper, then it is refused by name', () => {
    expect(() => createKafkaNorthward(plugin('{{upper device_name}}'), { app: { id: 12 } })).toThrow(
      'unknown helper "upper"',
    );
  });

  it('§4: given a key template that is JSON, then it is taken and renders', () => {
    const northward = createKafkaNorthward({
      connection: { bootstrapServers: '127.0.0.1:9092' },
      uplink: { telemetry: { enabled: true, key: '{"app":"{{app_name}}","id":{{device_id}}}' } },
      downlink: { enabled: false },
    });
    const event = { kind: 'telemetry', deviceId: 7, deviceName: 'p', values: { t: 1 } } as const;
    expect(northward.previewUplink(event)).toMatchObject({ key: Buffer.from('{"app":"ng-gateway","id":7}') });
  });

  it('§2: given the defaults, then a missing topic is told within 10 s, clients are made again without end', async () => {
    const { config } = parseConfig(plugin('a'), { app: { id: 12 } });
    expect(config.retryPolicy.maxAttempts).toBeNull();
    const properties = producerProperties(config, await resolveSecrets(config));
    expect(properties['topic.metadata.propagation.max.ms']).toBe(10_000);
    expect(properties['partitioner']).toBe('consistent_random');
  });
});
