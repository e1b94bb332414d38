/**
 * A secured Kafka: TLS with a CA of the plant's own, and SCRAM-SHA-512. Addresses and paths come from the environment, the
 * password from a file, which is read again after a failure, so that a new password needs no restart.
 *
 * Run it: npm run example -- tls-scram      (starts a secured Kafka, for which it needs Java)
 * Yours: export KAFKA_BOOTSTRAP, KAFKA_CA, KAFKA_USERNAME and KAFKA_PASSWORD_FILE.
 * Prints: the receipt; then how a wrong password is told.
 */
import { createKafkaNorthward, type KafkaNorthward } from 'ng-kafka-northward';

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

type Secret = { readonly file: string } | { readonly env: string }; // where it is; it is no part of the configuration

function gatewayWith(password: Secret): KafkaNorthward {
  const northward = createKafkaNorthward({
    connection: {
      bootstrapServers: variable('KAFKA_BOOTSTRAP'),
      security: {
        protocol: 'sasl_ssl',
        tls: { caLocation: variable('KAFKA_CA') },
        sasl: { mechanism: 'scram_sha512', username: variable('KAFKA_USERNAME'), password },
      },
    },
    uplink: { telemetry: { enabled: true, topic: 'plant.telemetry' } },
    downlink: { enabled: false },
  });
  northward.on('error', ({ code, message, hint }) => console.log({ code, message, hint }));
  northward.on('state', ({ state }) => console.log(`uplink is ${state}`));
  return northward;
}

const right = gatewayWith({ file: variable('KAFKA_PASSWORD_FILE') });
await right.start();
await right.ready();
console.log(await right.publishTelemetry({ deviceId: 1001, deviceName: 'pump-1', values: { rpm: 1450 } }));
await right.stop();

process.env['WRONG_PASSWORD'] = 'not this one';
const wrong = gatewayWith({ env: 'WRONG_PASSWORD' });
const failed = new Promise((resolve) =>
  wrong.on('state', ({ state }) => state === 'failed' && resolve(state)),
);
await wrong.start(); // does not wait for the broker
await failed; // it goes on trying, and takes a password that was put right in the meantime
await wrong.stop();
