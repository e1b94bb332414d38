/** What happens with each file of examples/config: the events that a host publishes there, the records that come. */
import { readFileSync } from 'node:fs';
import type { DownlinkRecord, KafkaNorthward, PointMetaSource, UplinkEvent } from '../../src/index.js';

interface ConfigExample {
  readonly publish?: readonly UplinkEvent[];
  readonly receive?: readonly DownlinkRecord[];
  readonly pointMeta?: PointMetaSource;
  /** Whether the page shows the headers too. */
  readonly headers?: boolean;
}

const device = { deviceId: 1001, deviceName: 'pump-1', timestamp: Date.UTC(2024, 11, 22, 12, 35) };
const TELEMETRY: UplinkEvent = {
  kind: 'telemetry',
  ...device,
  values: [
    { pointId: 1, pointKey: 'temperature', value: 25.6 },
    { pointId: 2, pointKey: 'running', value: true },
  ],
};
const ATTRIBUTES: UplinkEvent = {
  kind: 'attributes',
  ...device,
  clientAttributes: [{ pointId: 3, pointKey: 'firmware', value: '2.1.0' }],
};
const ONLINE: UplinkEvent = { kind: 'device_connected', ...device, deviceType: 'pump' };
const ALARM: UplinkEvent = {
  kind: 'alarm',
  ...device,
  alarmType: 'over_temperature',
  severity: 'MAJOR',
  message: 'above 90 °C',
};
const OFFLINE: UplinkEvent = { kind: 'device_disconnected', ...device, deviceType: '' };
const WRITTEN: UplinkEvent = {
  kind: 'write_point_response',
  requestId: 'w-1',
  pointId: 7,
  deviceId: 1001,
  status: 'Success',
  appliedValue: 42,
  completedAt: device.timestamp,
};

const AT = '2024-12-22T12:35:00Z';
const WRITE_DATA = { request_id: 'w-1', point_id: 7, value: 42, timestamp: AT };
const WRITE = JSON.stringify({
  schema_version: 1,
  event: { kind: 'write_point' },
  payload: { data: WRITE_DATA },
});
const timestampMs = device.timestamp;

const record = (topic: string, value: unknown, more: Partial<DownlinkRecord> = {}): DownlinkRecord => ({
  topic,
  value: typeof value === 'string' ? value : JSON.stringify(value),
  timestampMs,
  ...more,
});

export const CONFIG_EXAMPLES: Readonly<Record<string, ConfigExample>> = {
  'minimal.json': { publish: [TELEMETRY], headers: true },
  'plaintext-only.json': { publish: [TELEMETRY] },
  'sasl-ssl-scram.json': { publish: [TELEMETRY] },
  'two-brokers.json': { publish: [ATTRIBUTES, ONLINE] },
  'store.json': { publish: [TELEMETRY, ALARM] },
  'data-lake-hourly.json': {
    publish: [TELEMETRY],
    pointMeta: (pointId) => ({ dataType: pointId === 1 ? 'float64' : 'boolean' }),
  },
  'write-point.json': { receive: [record('ng.downlink', WRITE, { key: 'pump-1' })], publish: [WRITTEN] },
  'topics-per-tenant.json': { publish: [TELEMETRY, ATTRIBUTES] },
  'topics-per-device-type.json': { publish: [ONLINE, OFFLINE] },
  'keys.json': { publish: [TELEMETRY, ATTRIBUTES, ONLINE] },
  'mapped-uplink.json': { publish: [TELEMETRY] },
  'mapped-downlink-none.json': {
    receive: [record('platform.write', { id: 'w-1', tag: 7, target: 42 })],
    publish: [WRITTEN],
  },
  'mapped-downlink-json-pointer.json': {
    receive: [
      record('platform.actions', { type: 'write', id: 'w-1', at: AT, args: { tag: 7, target: 42 } }),
      record('platform.actions', {
        type: 'command',
        id: 'c-1',
        at: AT,
        args: { name: 'reboot', device: 1001, params: { delay: 5 } },
      }),
      record('platform.actions', { type: 'note', text: 'for people' }),
    ],
  },
  'mapped-downlink-property.json': {
    receive: [
      record(
        'platform.actions',
        { id: 'c-1', name: 'sync', params: { full: true } },
        { headers: [['type', 'command']] },
      ),
      record('platform.actions', { id: 'n-1' }, { headers: [['type', 'note']] }),
    ],
  },
  'mapped-downlink-key.json': {
    receive: [
      record('platform.answers', { id: 'q-1', body: { limit: 80 } }, { key: 'plant-a' }),
      record('platform.answers', { id: 'q-2', problem: 'unknown' }, { key: 'plant-b' }),
    ],
  },
  'form-leftovers.json': { publish: [TELEMETRY, ATTRIBUTES], receive: [record('ng.downlink', WRITE)] },
};

/** The document of a file, as a host imports it. */
export function readConfigExample(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../examples/config/${file}`, import.meta.url), 'utf8'));
}

/** What a configuration makes of the events and records of its example, as the page shows it. */
export function outputOf(
  northward: KafkaNorthward,
  { publish = [], receive = [], headers }: ConfigExample,
): string {
  const received = receive.map((each) => receivedAs(northward, each));
  const sent = publish.map((event) => sentAs(northward, event, headers === true));
  return [...received, ...sent].join('\n\n');
}

function sentAs(northward: KafkaNorthward, event: UplinkEvent, withHeaders: boolean): string {
  const preview = northward.previewUplink(event);
  if (preview.status === 'skipped') return `${event.kind} is skipped: ${preview.reason}`;
  const { topic, key, value, headers } = preview;
  const keyText = key === null ? 'no key' : `key ${key.toString()}`;
  const lines = [`${event.kind} goes to ${topic}, ${keyText}:`, value.toString()];
  const headerLine = Object.entries(headers).map(([name, text]) => `${name}=${text}`);
  return [...lines, ...(withHeaders ? [`headers ${headerLine.join(' ')}`] : [])].join('\n');
}

function receivedAs(northward: KafkaNorthward, each: DownlinkRecord): string {
  const { topic, key, value, headers = [] } = each;
  const beside = [
    ...(key === undefined ? [] : [`key ${String(key)}`]),
    ...headers.map(([name, text]) => `header ${name}=${String(text)}`),
  ];
  const preview = northward.previewDownlink(each);
  const outcome =
    preview.outcome === 'event'
      ? `is ${preview.kind} ${JSON.stringify(preview.data)}`
      : `is ${preview.outcome === 'ignored' ? 'ignored' : preview.error.message}`;
  return [[`from ${topic}`, ...beside].join(', ') + ':', String(value), outcome].join('\n');
}
