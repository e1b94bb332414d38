import { asConfig, createKafkaNorthward, type NorthwardError } from '../../../src/index.js';
import { startKafka } from '../kafka-cluster.js';
import { until } from '../memory-northward.js';
import { FORBIDDEN_TOPIC, SECRETS, TOPIC, type SecureKafka } from '../secure-kafka.js';
import { failure, READING, told, type Symptoms } from './symptom.js';

const gateway = (bootstrapServers: string, security?: unknown) =>
  createKafkaNorthward(
    asConfig({
      connection: { bootstrapServers, ...(security === undefined ? {} : { security }) },
      uplink: {
        producer: { messageTimeoutMs: 3_000, requestTimeoutMs: 1_000 },
        telemetry: { enabled: true, topic: 'plant.telemetry' },
      },
      downlink: { enabled: false },
    }),
  );

/** The error event with this code. */
async function connecting(code: string, bootstrapServers: string, security?: unknown): Promise<string> {
  const northward = gateway(bootstrapServers, security);
  const errors: NorthwardError[] = [];
  northward.on('error', (error) => errors.push(error));
  try {
    await northward.start();
    void northward.publish(READING);
    await until(`${code}, not ${errors.join()}`, () => errors.some((error) => error.code === code), 60_000);
    const error = errors.find((each) => each.code === code)!;
    return told(error);
  } finally {
    await northward.stop({ timeoutMs: 100 });
  }
}

/** What `start()` is rejected with. */
async function starting(security: unknown): Promise<string> {
  const northward = gateway('127.0.0.1:1', security);
  try {
    return await failure(() => northward.start());
  } finally {
    await northward.stop({ timeoutMs: 100 });
  }
}

const scram = (password: unknown) => ({ mechanism: 'scram_sha512', username: 'scram512', password });

/** For these the native client does, with no broker. */
export const LOCAL_SYMPTOMS: Symptoms = {
  'nothing-listens': () => connecting('BROKER_UNREACHABLE', '127.0.0.1:1'),
  'no-such-name': () => connecting('NAME_NOT_RESOLVED', 'kafka.plant.invalid:9092'),
  'ca-file': () => starting({ protocol: 'ssl', tls: { caLocation: '/etc/gateway/no-such-ca.pem' } }),
  'secret-missing': () => starting({ protocol: 'sasl_plaintext', sasl: scram({ env: 'NO_SUCH_VARIABLE' }) }),
  'delivery-timeout': async () => {
    const northward = gateway('127.0.0.1:1');
    await northward.start();
    const text = await failure(() => northward.publish(READING));
    await northward.stop({ timeoutMs: 100 });
    return text;
  },
};

/** What the consumer of the user `plain` is told on a topic. */
async function listening(bootstrapServers: string, code: string, downlink: object): Promise<string> {
  const northward = createKafkaNorthward(
    asConfig({
      connection: { bootstrapServers, security: { protocol: 'sasl_plaintext', sasl: PLAIN } },
      uplink: { enabled: false },
      downlink,
    }),
  );
  const errors: NorthwardError[] = [];
  northward.on('error', (error) => errors.push(error));
  try {
    await northward.start();
    await until(`${code}, not ${errors.join()}`, () => errors.some((error) => error.code === code), 60_000);
    await until('failed', () => northward.state === 'failed');
    return `${told(errors.find((each) => each.code === code)!)}\nnorthward.state: failed`;
  } finally {
    await northward.stop({ timeoutMs: 100 });
  }
}

const PLAIN = { mechanism: 'plain', username: 'plain', password: SECRETS.plain };

/** What needs a real Kafka of its own kind. Its addresses differ from run to run: they become `kafka:9093`. */
export const KAFKA_SYMPTOMS: Readonly<Record<string, (kafka: SecureKafka) => Promise<string>>> = {
  advertised: async () => {
    const kafka = await startKafka({ properties: { 'advertised.listeners': 'PLAINTEXT://127.0.0.1:1' } });
    try {
      return await connecting('ADVERTISED_UNREACHABLE', kafka.bootstrapServers);
    } finally {
      await kafka.stop();
    }
  },
  'wants-tls': (kafka) => connecting('PROTOCOL_MISMATCH', kafka.at('tls')),
  'wrong-ca': (kafka) =>
    connecting('TLS_FAILED', kafka.at('tls'), {
      protocol: 'ssl',
      tls: { caLocation: kafka.strangerCa.certificate },
    }),
  'wrong-host': (kafka) =>
    connecting('TLS_FAILED', kafka.at('otherHost'), {
      protocol: 'ssl',
      tls: { caLocation: kafka.ca.certificate },
    }),
  'wrong-password': (kafka) =>
    connecting('AUTHENTICATION_FAILED', kafka.at('sasl'), {
      protocol: 'sasl_plaintext',
      sasl: scram(SECRETS.wrong),
    }),
  'wrong-mechanism': (kafka) =>
    connecting('AUTHENTICATION_FAILED', kafka.at('saslTls'), {
      protocol: 'sasl_ssl',
      tls: { caLocation: kafka.ca.certificate },
      sasl: PLAIN,
    }),
  'group-denied': async (kafka) => {
    await kafka.allow('plain', ['--topic', TOPIC], 'Read', 'Describe');
    const writePoint = { enabled: true, topic: TOPIC };
    return listening(kafka.at('sasl'), 'AUTHORIZATION_FAILED', { groupId: 'plant-a', writePoint });
  },
  'read-denied': async (kafka) => {
    await kafka.allow('plain', ['--group', 'plant-b'], 'Read');
    const writePoint = { enabled: true, topic: FORBIDDEN_TOPIC };
    return listening(kafka.at('sasl'), 'TOPIC_FORBIDDEN', { groupId: 'plant-b', writePoint });
  },
};
