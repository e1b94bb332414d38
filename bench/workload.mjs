// What every variant publishes: telemetry with five points, about 300 bytes, from 200 devices.
const DEVICES = 200;
const START = 1_734_870_900_000;

/** What the library gives librdkafka by default, for the variants without it. */
export const CLIENT_PROPERTIES = {
  'enable.idempotence': true,
  acks: 'all',
  'compression.type': 'lz4',
  'linger.ms': 5,
  'batch.num.messages': 1000,
  'batch.size': 131072,
  'message.timeout.ms': 30000,
  'topic.metadata.refresh.sparse': true,
};

/** Nine headers: the seven of every record, the channel, and a static one. */
export function configFor({ bootstrap, headers, topics, topic, producer, store, payload }) {
  return {
    app: { id: 7, name: 'bench' },
    connection: { bootstrapServers: bootstrap },
    uplink: {
      producer,
      ...(store === undefined ? {} : { store }),
      headers: headers === 'all' ? { include: true, static: { site: 'plant-1' } } : false,
      telemetry: {
        enabled: true,
        topic: topics === 1 ? topic : 'bench.{{device_id}}',
        key: '{{device_id}}',
        ...(payload === undefined ? {} : { payload }),
      },
    },
    downlink: { enabled: false },
  };
}

const POINTS = new Map(
  [1, 2, 3, 4, 5].map((pointId) => [pointId, { channelName: 'modbus-1', dataType: 'float64' }]),
);

export const pointMeta = (pointId) => POINTS.get(pointId);

/** The nth event. A new object each time, as a host makes them. */
export function eventAt(n, topics, devices = DEVICES) {
  const device = n % (topics === 1 ? devices : topics);
  return {
    kind: 'telemetry',
    deviceId: device,
    deviceName: `pump-${device}`,
    timestamp: START + n,
    values: [
      { pointId: 1, pointKey: 'temperature', value: 20 + (n % 100) / 10 },
      { pointId: 2, pointKey: 'pressure', value: 1 + (n % 50) / 100 },
      { pointId: 3, pointKey: 'rpm', value: 1_400 + (n % 200) },
      { pointId: 4, pointKey: 'running', value: n % 7 !== 0 },
      { pointId: 5, pointKey: 'state', value: 'automatic' },
    ],
  };
}
