import { parseConfig } from '../../../src/config/parse.js';
import { UPLINK_SLOTS } from '../../../src/api/kinds.js';
import type { ResolvedConfig } from '../../../src/config/resolve.js';
import type { PointMetaSource, UplinkEvent, UplinkKind } from '../../../src/api/uplink.js';
import { compileUplink } from '../../../src/uplink/encode/mapper.js';
import type { RecordSlot, UplinkMapper } from '../../../src/uplink/encode/mapper.js';
import { headerTexts, NO_HEADERS } from '../../../src/record/outgoing-record.js';

/** Where the clock of the vectors stands. */
export const NOW = 1_734_870_900_000;

/** `uplink` of a configuration document. */
export type UplinkDocument = Readonly<Record<string, unknown>>;

export function configOf(uplink: UplinkDocument, app: { id?: number; name?: string } = {}): ResolvedConfig {
  const document = {
    app: { id: 7, name: 'plant', ...app },
    connection: { bootstrapServers: '127.0.0.1:9092', security: { protocol: 'plaintext' } },
    uplink,
    downlink: { enabled: false },
  };
  return parseConfig(document).config;
}

export interface MapperOptions {
  readonly app?: { readonly id?: number; readonly name?: string };
  readonly pointMeta?: PointMetaSource | undefined;
  readonly warn?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly now?: () => number;
}

/** A mapper of a configuration's `uplink`, by the configuration's own code. */
export function mapperOf(uplink: UplinkDocument, options: MapperOptions = {}): UplinkMapper {
  const { app, pointMeta, warn = () => undefined, now = () => NOW } = options;
  return compileUplink(configOf(uplink, app), { pointMeta, warn, now });
}

/** Every kind enabled, with the same mapping. */
export function allKinds(mapping: object): UplinkDocument {
  return Object.fromEntries(UPLINK_SLOTS.map((slot) => [slot, { enabled: true, ...mapping }]));
}

/** The record of an event as text, by way of the preview. */
export function previewText(mapper: UplinkMapper, event: UplinkEvent): string {
  const preview = mapper.preview(event);
  if (preview.status !== 'record') throw new Error(`skipped: ${preview.reason}`);
  return preview.value.toString();
}

/** The error that a call throws. */
export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** What an object with one property of this name stands for in a data file. */
const TAGS: Readonly<Record<string, (argument: unknown) => unknown>> = {
  bigint: (digits) => (typeof digits === 'string' ? BigInt(digits) : undefined),
  bytes: (base64) => (typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : undefined),
  date: (ms) => new Date(ms === 'NaN' ? Number.NaN : (ms as number)),
  number: (text) => (typeof text === 'string' ? Number(text) : undefined),
};

/** Replaces the tagged values of data files; anything else is itself. */
export function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  const tagged = first !== undefined && entries.length === 1 ? TAGS[first[0]]?.(first[1]) : undefined;
  return tagged ?? Object.fromEntries(entries.map(([key, item]) => [key, untag(item)]));
}

export const emptySlot = (): RecordSlot => ({
  topic: '',
  key: null,
  value: null,
  headers: NO_HEADERS,
  timestampMs: 0,
  deviceId: null,
  deviceName: '',
  passing: false,
});

/** Sends an event and tells the record. */
export function sender(uplink: Record<string, unknown>, options: MapperOptions = {}) {
  const mapper = mapperOf(uplink, options);
  const send = (kind: UplinkKind, data: object) => {
    const slot = emptySlot();
    mapper.encode(kind, data, slot);
    const { topic, key, value } = slot;
    if (value === null) throw new Error('no record');
    return { slot, topic, key: key?.toString() ?? null, headers: headerTexts(slot), text: value.toString() };
  };
  return { mapper, send };
}

/** Telemetry of one device, without points. */
export const telemetry = (fields: object = {}) => ({
  deviceId: 1,
  deviceName: 'pump',
  timestamp: NOW,
  values: [],
  ...fields,
});
