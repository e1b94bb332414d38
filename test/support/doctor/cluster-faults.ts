/** Faults of a cluster that is reached: addresses, topics, rights, the group, the canary. */
import { RdKafka } from '@confluentinc/kafka-javascript';
import { tls, user } from '../../integration/security/connections.js';
import { SECRETS, TOPIC, type SecureKafka } from '../secure-kafka.js';
import { BrokerProxy } from '../../../scripts/kafka/proxy.mjs';
import { configAt, type SecuredFault, type World } from './fault.js';

/** May be described by `plain` and `consumer`, and nothing else. */
export const DESCRIBED = 'doctor.described';
/** May be read by `consumer`. */
export const READABLE = 'doctor.readable';
/** May be described by `consumer`, but not read. */
export const DESCRIBED_GROUP = 'doctor.described-group';
/** Has three records. */
export const FILLED = 'doctor.filled';

/** What these faults need, once for all of them. */
export async function prepare(world: SecureKafka): Promise<void> {
  const { kafka } = world;
  for (const topic of [DESCRIBED, READABLE, FILLED]) await kafka.createTopic(topic);
  await kafka.consoleProduce(
    FILLED,
    [1, 2, 3].map((value) => ({ value: `${value}` })),
  );
  await world.allow(['plain', 'consumer'], ['--topic', DESCRIBED], 'Describe');
  await world.allow('consumer', ['--topic', READABLE], 'Read', 'Describe');
  await world.allow('consumer', ['--group', DESCRIBED_GROUP], 'Describe');
}

const PLAIN = user('plain', 'plain', SECRETS.plain);
const CONSUMER = user('plain', 'consumer', SECRETS.consumer);
const READER = user('plain', 'reader', SECRETS.reader);

const listening = (topic: string, groupId: string): Record<string, unknown> => ({
  uplink: { enabled: false },
  downlink: { groupId, writePoint: { enabled: true, topic } },
});

const ADDRESSES: readonly SecuredFault[] = [
  {
    fault: 'one of two bootstrap servers is away',
    step: 'tcp',
    status: 'warning',
    code: 'BROKER_UNREACHABLE',
    words: /127\.0\.0\.1:1: nothing listens there/,
    setting: 'connection.bootstrapServers',
    make: ({ world }) => ({ config: configAt(`127.0.0.1:1,${world.at('plaintext')}`, TOPIC) }),
  },
  {
    fault: 'a broker advertises an address that cannot be reached',
    step: 'advertised',
    code: 'ADVERTISED_UNREACHABLE',
    words: /advertises 127\.0\.0\.1:1, which cannot be reached from here/,
    setting: 'broker: advertised.listeners',
    make: async ({ world, after }) => {
      const proxy = new BrokerProxy(world.at('plaintext'), () => true, 1);
      after(() => {
        proxy.stop();
      });
      await proxy.start();
      return { config: configAt(proxy.bootstrapServers, TOPIC), options: { timeoutMs: 2_000 } };
    },
  },
  {
    fault: 'the certificate of a broker ends in a few days',
    step: 'tls',
    status: 'warning',
    code: 'TLS_FAILED',
    words: /the certificate of the broker expires soon: \d days? left/,
    setting: 'broker: ssl.keystore.location',
    make: ({ world }) => ({ config: configAt(world.at('tls'), TOPIC, { security: tls(world) }) }),
  },
];

const TOPICS: readonly SecuredFault[] = [
  {
    fault: 'the topic of a mapping is missing',
    step: 'topic',
    code: 'TOPIC_NOT_FOUND',
    words: /doctor\.missing \(uplink\.telemetry\.topic\): .*Unknown topic or partition/,
    setting: 'uplink.telemetry.topic',
    make: ({ world }) => ({ config: configAt(world.at('plaintext'), 'doctor.missing') }),
  },
  {
    fault: 'the topic of a route is missing',
    step: 'topic',
    code: 'TOPIC_NOT_FOUND',
    words: /doctor\.missing \(downlink\.writePoint\.topic\)/,
    setting: 'downlink.writePoint.topic',
    make: ({ world }) => ({
      config: configAt(world.at('plaintext'), TOPIC, listening('doctor.missing', 'doctor.group')),
    }),
  },
  {
    fault: 'the topic of the dead letters is missing',
    step: 'topic',
    code: 'TOPIC_NOT_FOUND',
    words: /doctor\.dead \(downlink\.deadLetter\.topic\)/,
    setting: 'downlink.deadLetter.topic',
    make: ({ world }) => {
      const { uplink } = listening(FILLED, 'doctor.group');
      const downlink = {
        groupId: 'doctor.group',
        writePoint: { enabled: true, topic: FILLED },
        deadLetter: { enabled: true, topic: 'doctor.dead' },
      };
      return { config: configAt(world.at('plaintext'), TOPIC, { uplink, downlink }) };
    },
  },
  {
    fault: 'no right at all on a topic',
    step: 'topic',
    code: 'TOPIC_FORBIDDEN',
    words: /secure\.forbidden .*authorization failed/i,
    setting: 'uplink.telemetry.topic',
    make: ({ world }) => ({ config: configAt(world.at('sasl'), 'secure.forbidden', { security: PLAIN }) }),
  },
  {
    fault: 'no right to write to a topic',
    step: 'rights',
    code: 'TOPIC_FORBIDDEN',
    words: /no WRITE on the topic doctor\.described/,
    setting: 'uplink.telemetry.topic',
    make: ({ world }) => ({ config: configAt(world.at('sasl'), DESCRIBED, { security: PLAIN }) }),
  },
  {
    fault: 'no right to read the topic of a route',
    step: 'rights',
    code: 'TOPIC_FORBIDDEN',
    words: /no READ on the topic doctor\.described/,
    setting: 'downlink.writePoint.topic',
    make: ({ world }) => ({
      config: configAt(world.at('sasl'), TOPIC, {
        security: CONSUMER,
        ...listening(DESCRIBED, DESCRIBED_GROUP),
      }),
    }),
  },
  {
    fault: 'no right to be idempotent',
    step: 'rights',
    code: 'AUTHORIZATION_FAILED',
    words: /Cluster authorization failed/i,
    setting: 'uplink.producer.enableIdempotence',
    make: ({ world }) => ({
      config: configAt(world.at('sasl'), 'plant.{{device_name}}', { security: READER }),
    }),
  },
];

const GROUPS: readonly SecuredFault[] = [
  {
    fault: 'no right on the group at all',
    step: 'group',
    code: 'AUTHORIZATION_FAILED',
    words: /group authorization failed/i,
    setting: 'downlink.groupId',
    make: ({ world }) => ({
      config: configAt(world.at('sasl'), TOPIC, {
        security: CONSUMER,
        ...listening(READABLE, 'doctor.denied'),
      }),
    }),
  },
  {
    fault: 'no right to read with the group',
    step: 'rights',
    code: 'AUTHORIZATION_FAILED',
    words: /no READ on the group doctor\.described-group/,
    setting: 'downlink.groupId',
    make: async (world) => {
      await committed(world, DESCRIBED_GROUP, 3);
      const slots = { security: CONSUMER, ...listening(READABLE, DESCRIBED_GROUP) };
      return { config: configAt(world.world.at('sasl'), TOPIC, slots) };
    },
  },
  {
    fault: 'the group assigns in another way',
    step: 'group',
    code: 'GROUP_PROTOCOL_MISMATCH',
    words: /assign by range, this configuration by cooperative-sticky/,
    setting: 'downlink.consumer.properties',
    make: async (world) => {
      const properties = { 'partition.assignment.strategy': 'range', 'client.id': 'old-gateway' };
      await joined(world, 'doctor.eager', properties);
      return { config: configAt(world.world.at('plaintext'), TOPIC, listening(FILLED, 'doctor.eager')) };
    },
  },
  {
    fault: 'another application is in the group',
    step: 'group',
    status: 'warning',
    code: 'CONSUME_FAILED',
    words: /a member with another client id: another-app at/,
    setting: 'downlink.groupId',
    make: async (world) => {
      const properties = {
        'partition.assignment.strategy': 'cooperative-sticky',
        'client.id': 'another-app',
      };
      await joined(world, 'doctor.shared', properties);
      return { config: configAt(world.world.at('plaintext'), TOPIC, listening(FILLED, 'doctor.shared')) };
    },
  },
  {
    fault: 'records wait, and nobody reads them',
    step: 'group',
    status: 'warning',
    code: 'CONSUME_FAILED',
    words: /2 records wait, and the group has no member/,
    setting: 'downlink.groupId',
    make: async (world) => {
      await committed(world, 'doctor.lagging', 1);
      return { config: configAt(world.world.at('plaintext'), TOPIC, listening(FILLED, 'doctor.lagging')) };
    },
  },
  {
    fault: 'a committed offset is no longer in the topic',
    step: 'group',
    status: 'warning',
    code: 'POSITIONS_UNKNOWN',
    words: /doctor\.filled 0 has committed 1000, and holds 0 to 3/,
    setting: 'downlink.autoOffsetReset',
    make: async (world) => {
      await committed(world, 'doctor.lost', 1_000);
      return { config: configAt(world.world.at('plaintext'), TOPIC, listening(FILLED, 'doctor.lost')) };
    },
  },
];

const CANARIES: readonly SecuredFault[] = [
  {
    fault: 'the topic of the canary is missing',
    step: 'canary',
    code: 'TOPIC_NOT_FOUND',
    words: /doctor\.missing: .*Unknown topic or partition/,
    setting: '--canary',
    make: ({ world }) => ({
      config: configAt(world.at('plaintext'), TOPIC),
      options: { canary: 'doctor.missing' },
    }),
  },
  {
    fault: 'a route reads the topic of the canary',
    step: 'canary',
    code: 'ARGUMENT_INVALID',
    words: /doctor\.filled is read by downlink\.writePoint/,
    setting: 'downlink.writePoint.topic',
    make: ({ world }) => ({
      config: configAt(world.at('plaintext'), TOPIC, listening(FILLED, 'doctor.canary')),
      options: { canary: FILLED },
    }),
  },
  {
    fault: 'no right to write the canary',
    step: 'canary',
    code: 'TOPIC_FORBIDDEN',
    words: /no WRITE, no READ on the topic doctor\.described/,
    setting: 'broker: ACLs',
    make: ({ world }) => ({
      config: configAt(world.at('sasl'), 'plant.{{device_name}}', {
        security: PLAIN,
        uplink: {
          producer: { enableIdempotence: false },
          telemetry: { enabled: true, topic: 'plant.{{device_name}}' },
        },
      }),
      options: { canary: DESCRIBED },
    }),
  },
];

export const CLUSTER_FAULTS: readonly SecuredFault[] = [...ADDRESSES, ...TOPICS, ...GROUPS, ...CANARIES];

type Consumer = InstanceType<typeof RdKafka.KafkaConsumer>;

async function consumerOf(
  { world, after }: World<SecureKafka>,
  groupId: string,
  properties: Readonly<Record<string, string>>,
): Promise<Consumer> {
  const config = { ...properties, 'bootstrap.servers': world.at('plaintext'), 'group.id': groupId };
  const consumer = new RdKafka.KafkaConsumer({ ...config, 'enable.auto.commit': false }, {});
  await new Promise<void>((resolve, reject) => {
    consumer.connect(undefined, (error) => (error ? reject(error) : resolve()));
  });
  after(() => new Promise<void>((resolve) => consumer.disconnect(() => resolve())));
  return consumer;
}

/** A member that is the bare client, until the diagnosis is over. */
async function joined(
  world: World<SecureKafka>,
  groupId: string,
  properties: Readonly<Record<string, string>>,
): Promise<void> {
  const consumer = await consumerOf(world, groupId, properties);
  consumer.subscribe([FILLED]);
  while (consumer.assignments().length === 0) await consumed(consumer);
}

/** A group without members that has committed. */
async function committed(world: World<SecureKafka>, groupId: string, offset: number): Promise<void> {
  const consumer = await consumerOf(world, groupId, {});
  consumer.assign([{ topic: FILLED, partition: 0 }]);
  consumer.commitSync([{ topic: FILLED, partition: 0, offset }]);
}

function consumed(consumer: Consumer): Promise<void> {
  return new Promise((resolve) => {
    consumer.consume(1, () => {
      resolve();
    });
  });
}
