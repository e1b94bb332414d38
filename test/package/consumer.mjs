// @ts-check
// Runs in an empty project that has the packed tarball installed, with or without the native client's addon.
// Argument: `with-addon` or `without-addon`.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { NorthwardError, createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const hasAddon = process.argv[2] === 'with-addon';
// Not called `require`: the compiler would look for the built files when there are none yet.
const load = createRequire(import.meta.url);
const schema = load('ng-kafka-northward/config.schema.json');

assert.equal(
  load('ng-kafka-northward').createKafkaNorthward,
  createKafkaNorthward,
  'require and import differ',
);
assert.equal(load('ng-kafka-northward/testing').startEmbeddedBroker, startEmbeddedBroker);
assert.equal(schema.type, 'object');
assert.ok('connection' in schema.properties, 'config.schema.json does not describe the connection');

const northward = createKafkaNorthward(minimalConfig('127.0.0.1:9'));
const preview = northward.previewUplink({
  kind: 'telemetry',
  deviceId: 1001,
  deviceName: 'pump-1',
  timestamp: 1_734_870_900_000,
  values: [{ pointId: 1, pointKey: 'temp', value: 25.6 }],
});
assert.equal(preview.status, 'record');
assert.equal(preview.topic, 'ng.uplink.telemetry');
assert.equal(preview.key?.toString(), '1001');
assert.equal(JSON.parse(preview.value.toString()).event.kind, 'telemetry');

if (hasAddon) await publishAndReadBack();
else await startsWithATypedError();
console.log(`consumer: good ${hasAddon ? 'with' : 'without'} the native client`);

/** There and back: what is published as telemetry is read as a command, by a mapping. */
async function publishAndReadBack() {
  const broker = await startEmbeddedBroker();
  const connected = createKafkaNorthward({
    ...minimalConfig(broker.bootstrapServers),
    app: { id: 1 },
    downlink: readsTelemetryAsCommands(),
  });
  connected.on('error', (error) => console.error(error));
  connected.on('decode-error', ({ error }) => console.error(error));
  await connected.start();
  const receipt = await connected.publishTelemetry({
    deviceId: 1001,
    deviceName: 'pump-1',
    values: { temp: 25.6 },
  });
  assert.equal(receipt.status, 'delivered');
  // Now the topic is there, and the group can get its partitions.
  await connected.ready({ timeoutMs: 60_000 });
  for await (const command of connected.commands()) {
    assert.equal(command.kind, 'command_received');
    assert.deepEqual(JSON.parse(JSON.stringify(command.data.params)), { name: 'pump-1', temp: 25.6 });
    break;
  }
  assert.equal((await connected.stop()).undelivered, 0);
  await broker.stop();
}

async function startsWithATypedError() {
  const isExpected = (/** @type {unknown} */ error) =>
    error instanceof NorthwardError && error.code === 'NATIVE_MODULE_UNAVAILABLE' && error.hint !== '';
  await assert.rejects(northward.start(), isExpected);
  await assert.rejects(startEmbeddedBroker(), isExpected);
}

/** @returns {import('ng-kafka-northward').NorthwardConfig['downlink']} */
function readsTelemetryAsCommands() {
  const rules = {
    command_id: "'c-1'",
    key: 'event.kind',
    target_type: "'GATEWAY'",
    'params.name': 'envelope.device.name',
    'params.temp': 'payload.data.values[0].value',
  };
  return {
    autoOffsetReset: 'earliest',
    commandReceived: {
      enabled: true,
      topic: 'ng.uplink.telemetry',
      payload: { mode: 'mapped_json', config: rules },
    },
  };
}

/** The smallest configuration of the contract, section 2. @param {string} bootstrapServers */
function minimalConfig(bootstrapServers) {
  return {
    connection: { bootstrapServers, security: { protocol: 'plaintext' } },
    uplink: {
      enabled: true,
      telemetry: {
        enabled: true,
        topic: 'ng.uplink.telemetry',
        key: '{{device_id}}',
        payload: { mode: 'envelope_json' },
      },
    },
    downlink: { enabled: false },
  };
}
