/**
 * The library writes to the logger of the host: pino here, with one child for each application. It says what changes
 * and what is wrong, with a hint; the same cause at most once a minute; never a secret.
 *
 * Run it: npm run example -- host-logger [--bootstrap host:port]      (elsewhere: npm install pino)
 * Prints: JSON lines of two applications, one of which finds no Kafka. LOG_LEVEL=debug adds librdkafka's own lines.
 */
import { createKafkaNorthward, pinoLogger } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';
import { pino } from 'pino';

const log = pino({
  level: process.env['LOG_LEVEL'] ?? 'info',
  serializers: { error: pino.stdSerializers.err }, // an error in the fields stands under `error`
});

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const bootstrapServers = process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers;

function appOf(name: string, servers: string) {
  const telemetry = { enabled: true, topic: 'plant.telemetry' };
  return createKafkaNorthward(
    {
      app: { name },
      connection: { bootstrapServers: servers },
      uplink: { producer: { messageTimeoutMs: 2_000, requestTimeoutMs: 1_000 }, telemetry },
      downlink: { enabled: false },
    },
    // pino wants the fields first, this library says the message first. Without pino: { logger: 'console' }
    { logger: pinoLogger(log.child({ app: name })) },
  );
}
const apps = [appOf('plant', bootstrapServers), appOf('cloud', '127.0.0.1:9')]; // no Kafka listens on port 9

for (const app of apps) {
  // The promise of a publish may be left alone: the logger hears of every failure.
  await app.start();
  await app.publishTelemetry({ deviceId: 1001, deviceName: 'pump-1', values: { rpm: 1450 } }).catch(() => {});
  await app.stop();
}
await broker.stop();
