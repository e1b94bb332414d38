// What a user would write instead of this library: the same records, made of the same events, each with a promise that its
// delivery report settles.
import assert from 'node:assert/strict';
import { KafkaJS, RdKafka } from '@confluentinc/kafka-javascript';
import { CLIENT_PROPERTIES } from './workload.mjs';

/** The envelope of `envelope_json`. */
function bodyOf({ deviceId, deviceName, timestamp, values }) {
  return JSON.stringify({
    schema_version: 1,
    event: { kind: 'telemetry' },
    envelope: {
      ts_ms: timestamp,
      app: { id: 7, name: 'bench', plugin_type: 'kafka' },
      device: { id: deviceId, name: deviceName, type: null },
    },
    payload: {
      data: {
        device_id: deviceId,
        device_name: deviceName,
        timestamp: new Date(timestamp).toISOString().replace('.000Z', 'Z'),
        values: values.map(({ pointId, pointKey, value }) => ({
          point_id: pointId,
          point_key: pointKey,
          value,
        })),
        metadata: {},
      },
    },
  });
}

/** Nine of them, or none, in the order of the library. */
function headersOf({ deviceId, deviceName, timestamp }, pointMeta, withHeaders) {
  if (!withHeaders) return {};
  return {
    app_id: '7',
    app_name: 'bench',
    plugin_type: 'kafka',
    event_kind: 'telemetry',
    ts_ms: `${timestamp}`,
    device_id: `${deviceId}`,
    device_name: deviceName,
    channel_name: pointMeta(1).channelName,
    site: 'plant-1',
  };
}

/** Before anything is measured: by hand the same is sent as by the library. */
export function checkSameRecord(preview, event, pointMeta, withHeaders) {
  assert.deepEqual(JSON.parse(bodyOf(event)), JSON.parse(preview.value.toString()));
  assert.deepEqual(headersOf(event, pointMeta, withHeaders), preview.headers);
  assert.equal(`${event.deviceId}`, preview.key.toString());
}

/** The bare client of the benches. */
export async function bareProducer(bootstrap) {
  const producer = new RdKafka.Producer({
    ...CLIENT_PROPERTIES,
    'bootstrap.servers': bootstrap,
    dr_cb: true,
  });
  await new Promise((resolve, reject) => {
    producer.connect({ timeout: 10_000 }, (error) => (error ? reject(error) : resolve()));
  });
  producer.setPollInBackground(true);
  return { producer, stop: () => new Promise((resolve) => producer.disconnect(1000, resolve)) };
}

/** By the client's own `produce()`. */
export async function byHand({ bootstrap, topicOf, pointMeta, withHeaders }) {
  const { producer, stop } = await bareProducer(bootstrap);
  producer.on('delivery-report', (error, { opaque, partition, offset }) => {
    if (error) opaque.reject(error);
    else opaque.resolve({ partition, offset });
  });
  const publish = (event) =>
    new Promise((resolve, reject) => {
      const headers = Object.entries(headersOf(event, pointMeta, withHeaders)).map(([name, value]) => ({
        [name]: value,
      }));
      producer.produce(
        topicOf(event),
        null,
        Buffer.from(bodyOf(event)),
        `${event.deviceId}`,
        event.timestamp,
        { resolve, reject },
        withHeaders ? headers : undefined,
      );
    });
  return { publish, stop };
}

/** By the layer of the client that is like KafkaJS. */
export async function byKafkaJsLayer({ bootstrap, topicOf, pointMeta, withHeaders }) {
  const kafka = new KafkaJS.Kafka({ 'bootstrap.servers': bootstrap, log_level: 0 });
  const producer = kafka.producer(CLIENT_PROPERTIES);
  await producer.connect();
  const publish = (event) => {
    const message = {
      key: `${event.deviceId}`,
      value: bodyOf(event),
      timestamp: `${event.timestamp}`,
      headers: headersOf(event, pointMeta, withHeaders),
    };
    return producer.send({ topic: topicOf(event), messages: [message] });
  };
  return { publish, stop: () => producer.disconnect() };
}
