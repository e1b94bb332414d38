import { failure, made, READING, refused, type Symptoms, warningsOf } from './symptom.js';
import type { UplinkEvent } from '../../../src/index.js';

const mapped = (config: Record<string, string>) => ({ mode: 'mapped_json', config });
const telemetry = (mapping: object) => ({
  uplink: { telemetry: { enabled: true, topic: 'plant', ...mapping } },
});
const ONLINE = { kind: 'device_connected', deviceId: 1001, deviceName: 'pump-1', deviceType: '' } as const;

function valueOf(mapping: object, event: UplinkEvent = READING): string {
  const preview = made(telemetry(mapping)).previewUplink(event);
  if (preview.status === 'skipped') throw new Error(preview.reason);
  return preview.value.toString();
}

/** What shows in the configuration, or in a preview. */
export const CONFIGURATION_SYMPTOMS: Symptoms = {
  'route-topic': () =>
    refused({
      app: { id: 1 },
      downlink: {
        writePoint: { enabled: true, topic: 'ng.downlink.{{device_id}}' },
        commandReceived: { enabled: true, topic: 'ng.commands.*' },
      },
    }),
  policies: () =>
    refused({
      app: { id: 1 },
      downlink: {
        writePoint: { enabled: true, topic: 'ng.downlink', ackPolicy: 'on_success' },
        commandReceived: { enabled: true, topic: 'ng.downlink', ackPolicy: 'always' },
      },
    }),
  'app-id': () => refused({ downlink: { writePoint: { enabled: true } } }),
  'kv-online': () => refused({ uplink: { deviceConnected: { enabled: true, payload: { mode: 'kv' } } } }),
  variable: () => {
    const slots = telemetry({ topic: 'plant.{{devicename}}.telemetry' });
    const preview = made(slots).previewUplink(READING);
    return `${warningsOf(slots)}\ntopic ${preview.status === 'record' ? preview.topic : ''}`;
  },
  'topic-empty': () => failure(() => made(telemetry({ topic: '{{device_type}}' })).previewUplink(READING)),
  'topic-renamed': () => {
    const event = { ...READING, deviceName: 'Kessel Süd' };
    const preview = made(telemetry({ topic: 'ng.{{device_name}}' })).previewUplink(event);
    return preview.status === 'record' ? `rendered ${preview.renderedTopic}\nsent to  ${preview.topic}` : '';
  },
  'data-type': () => valueOf({ payload: { mode: 'timeseries_rows', includeMeta: true } }),
  'jmespath-syntax': () => refused(telemetry({ payload: mapped({ hot: 'data.values[?value > 20' }) })),
  'jmespath-runtime': () =>
    failure(() => valueOf({ payload: mapped({ mean: 'avg(data.values[].point_key)' }) })),
  'jmespath-null': () =>
    valueOf({ payload: mapped({ id: 'device.deviceId', hot: 'data.values[?point_key == "temperature"]' }) }),
  'output-paths': () => valueOf({ payload: mapped({ device: 'device.name', 'device.id': 'device.id' }) }),
  'mixed-topic': () =>
    warningsOf({
      app: { id: 1 },
      downlink: {
        writePoint: {
          enabled: true,
          topic: 'platform',
          payload: mapped({ request_id: 'id', point_id: 'tag', value: 'v' }),
        },
        commandReceived: { enabled: true, topic: 'platform' },
      },
    }),
  'skipped-uplink': () =>
    JSON.stringify(made({ uplink: { enabled: false, telemetry: { enabled: true } } }).previewUplink(READING)),
  'skipped-mapping': () =>
    JSON.stringify(made({ uplink: { telemetry: { enabled: true } } }).previewUplink(ONLINE)),
};
