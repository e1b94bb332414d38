import { answersCommands } from '../../config/names.js';
import type { ResolvedConfig, ResolvedMapping, ResolvedPacking } from '../../config/resolved-config.js';
import { PublishError } from '../../api/errors.js';
import {
  DOWNLINK_SLOTS,
  isUplinkKind,
  UPLINK_KINDS,
  UPLINK_SLOT_OF,
  type MappedKind,
  type ReplyKind,
} from '../../api/kinds.js';
import { cut, reasonOf } from '../../api/reason.js';
import type {
  PointMetaSource,
  RecordPreview,
  UplinkEvent,
  UplinkKind,
  UplinkPreview,
} from '../../api/uplink.js';
import { previewHeaders, type OutgoingRecord } from '../../record/outgoing-record.js';
import type { DataGap } from '../../store/port.js';
import { DeviceCache } from './device-cache.js';
import type { DeviceEntry } from './device-cache.js';
import { kindOf, readEvent } from '../event/event.js';
import { TelemetryEvent } from '../event/telemetry-event.js';
import { gapEvent } from '../event/gap.js';
import { HeaderPlan } from './render-context.js';
import { compilePayload } from '../payload/compile.js';
import type { PayloadEncoder } from '../event/wire-event.js';
import { channelNameOf, pointMetaReader } from '../event/point-meta.js';
import type { PointMetaReader } from '../event/point-meta.js';
import { metaOf } from '../event/points.js';
import { toPublishError } from '../event/refusal.js';
import { RouteTemplates } from './record-route.js';
import { ScratchBlock } from './scratch-block.js';
import { Slab } from './slab.js';
import { TimestampText } from './timestamp-text.js';
import { TopicLog } from './topic-log.js';
import type { ReadContext, WireEvent } from '../event/wire-event.js';

/** Where `encode()` puts a record; the caller's own object, so that none is made per message. */
export type RecordSlot = {
  -readonly [Field in Exclude<keyof OutgoingRecord, 'kind' | 'messageId' | 'packed'>]: OutgoingRecord[Field];
} & {
  /** `value` lasts no longer than until the next call. */
  passing: boolean;
  /** How events of its mapping share records; `null`: they do not. */
  pack?: ResolvedPacking | null;
};

/** Host events → Kafka records. No I/O; everything is compiled once. */
export interface UplinkMapper {
  /** Why events of a kind are not sent, or `null`. Throws PublishError for a kind that does not exist. */
  skipReason(kind: UplinkKind): 'uplink_disabled' | 'mapping_disabled' | null;
  /** Whether replies of the downlink of this kind are sent, whatever `uplink.enabled` says. */
  replies(kind: ReplyKind): boolean;
  /**
   * Checks the data (of type `UplinkDataByKind[kind]`) and makes the record; `slot` is left as it is when that fails. Only for kinds that are
   * sent: ask `skipReason()` first. Throws PublishError.
   *
   * @param once `value` need not outlast the next call that says so, too
   */
  encode(kind: UplinkKind, data: unknown, slot: RecordSlot, once?: boolean): void;
  /** What `encode()` would make of an event, without any side effect. Throws PublishError. */
  preview(event: UplinkEvent): UplinkPreview;
  /**
   * The record that tells of a gap; `null`: none is sent, since the mapping `uplink.dataGap` or the whole uplink is disabled.
   * Throws PublishError where a template or rule cannot make a record of it.
   */
  encodeGap(gap: DataGap, nowMs: number): OutgoingRecord | null;
  /** A topic used before from which Kafka does not tell this one apart, so that it is never made. */
  rivalOf(topic: string): string | undefined;
  /** How many distinct topics records were made for; counts to 10,000. */
  readonly distinctTopics: number;
  /** A mapper of the mappings of another configuration, which goes on with the topics that are known. Throws as `compileUplink()` does. */
  with(config: ResolvedConfig): UplinkMapper;
}

export interface UplinkDeps {
  readonly pointMeta?: PointMetaSource | undefined;
  /** Unix ms. */
  readonly now: () => number;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** What a message shows of a kind that does not exist. */
const LONGEST_KIND = 60;

/** A mapping, ready to run. */
interface CompiledMapping {
  readonly encoder: PayloadEncoder;
  readonly devices: DeviceCache;
  readonly pack: ResolvedPacking | null;
}

/** Compiles all mappings that are enabled. Throws an Error when a template or expression does not compile. */
export function compileUplink(config: ResolvedConfig, deps: UplinkDeps): UplinkMapper {
  return new Mapper(config, deps, new TopicLog(deps.warn, downlinkTopics(config)));
}

class Mapper implements UplinkMapper {
  readonly #deps: UplinkDeps;
  readonly #enabled: boolean;
  readonly #mappings = new Map<UplinkKind, CompiledMapping>();
  readonly #context: ReadContext;
  readonly #topics: TopicLog;
  readonly #slab = new Slab();
  readonly #scratch = new ScratchBlock();
  readonly #event = new TelemetryEvent();
  /** An event is being read: the host's own code may publish meanwhile, and must not get the same object. */
  #reading = false;
  readonly #gaps: CompiledMapping | null;

  constructor(config: ResolvedConfig, deps: UplinkDeps, topics: TopicLog) {
    const reader = pointMetaReader(deps.pointMeta);
    this.#deps = deps;
    this.#enabled = config.uplink.enabled;
    this.#context = { now: deps.now, reader, times: new TimestampText() };
    this.#topics = topics;
    for (const kind of UPLINK_KINDS) {
      // Replies go out with the uplink disabled as well.
      if (!this.#enabled && !answersCommands(UPLINK_SLOT_OF[kind], config)) continue;
      const mapping = config.uplink[UPLINK_SLOT_OF[kind]];
      if (mapping.enabled) this.#mappings.set(kind, compileMapping(kind, mapping, config, this.#context));
    }
    const { dataGap } = config.uplink;
    this.#gaps =
      this.#enabled && dataGap.enabled ? compileMapping('data_gap', dataGap, config, this.#context) : null;
  }

  with(config: ResolvedConfig): UplinkMapper {
    return new Mapper(config, this.#deps, this.#topics);
  }

  get distinctTopics(): number {
    return this.#topics.size;
  }

  rivalOf(topic: string): string | undefined {
    return this.#topics.rivalOf(topic);
  }

  skipReason(kind: UplinkKind): 'uplink_disabled' | 'mapping_disabled' | null {
    if (this.#enabled && this.#mappings.has(kind)) return null;
    if (!isUplinkKind(kind)) {
      const found = cut(reasonOf(kind), LONGEST_KIND);
      const message = `kind: expected one of ${UPLINK_KINDS.join(', ')}, found ${found}`;
      throw new PublishError('EVENT_INVALID', message, { kind: found });
    }
    return this.#enabled ? 'mapping_disabled' : 'uplink_disabled';
  }

  replies(kind: ReplyKind): boolean {
    return this.#mappings.has(kind);
  }

  encode(kind: UplinkKind, data: unknown, slot: RecordSlot, once = false): void {
    const within = this.#reading;
    this.#reading = true;
    try {
      this.#encode(kind, data, slot, once, within ? new TelemetryEvent() : this.#event);
    } catch (cause) {
      throw toPublishError(cause, kind, data);
    } finally {
      this.#reading = within;
      if (!within) this.#event.clear();
    }
  }

  #encode(kind: UplinkKind, data: unknown, slot: RecordSlot, once: boolean, into: TelemetryEvent): void {
    const mapping = this.#mapping(kind);
    const event = readEvent(kind, data, this.#context, into);
    const entry = mapping.devices.find(event, channelOf(event, this.#context.reader));
    const text = mapping.encoder.encode(event, entry.prefix);
    const inScratch = once ? this.#scratch.write(text) : null;
    const value = inScratch ?? this.#slab.write(text);
    if (entry.noted !== entry.route) this.#note(entry);
    const { topic, key, headers } = entry.route;
    slot.topic = topic;
    slot.key = key;
    slot.headers = headers;
    slot.value = value;
    slot.passing = inScratch !== null;
    slot.pack = mapping.pack;
    slot.timestampMs = event.timestampMs;
    slot.deviceId = event.deviceId;
    slot.deviceName = event.deviceName;
  }

  preview(event: UplinkEvent): UplinkPreview {
    const kind = kindOf(event);
    const reason = this.skipReason(kind);
    if (reason !== null) return { status: 'skipped', reason };
    try {
      const mapping = this.#mapping(kind);
      const wire = readEvent(kind, event, this.#context);
      const entry = mapping.devices.fresh(wire, channelOf(wire, this.#context.reader));
      return toPreview(entry, wire.timestampMs, Buffer.from(mapping.encoder.encode(wire, entry.prefix)));
    } catch (cause) {
      throw toPublishError(cause, kind, event);
    }
  }

  encodeGap(gap: DataGap, nowMs: number): OutgoingRecord | null {
    const mapping = this.#gaps;
    if (mapping === null) return null;
    try {
      const event = gapEvent(gap, nowMs, this.#context);
      const entry = mapping.devices.fresh(event, undefined);
      const value = Buffer.from(mapping.encoder.encode(event, entry.prefix));
      this.#note(entry);
      const { topic, key, headers } = entry.route;
      const { timestampMs, deviceId, deviceName } = event;
      return { kind: 'data_gap', topic, key, value, headers, timestampMs, deviceId, deviceName };
    } catch (cause) {
      throw toPublishError(cause, 'data_gap', gap);
    }
  }

  #note(entry: DeviceEntry): void {
    this.#topics.note(entry.route);
    entry.noted = entry.route;
  }

  #mapping(kind: UplinkKind): CompiledMapping {
    const mapping = this.#mappings.get(kind);
    if (mapping === undefined) throw new Error(`${kind} is not sent`);
    return mapping;
  }
}

/** What exists, or will, beside the topics of the uplink. */
function downlinkTopics({ downlink }: ResolvedConfig): string[] {
  if (!downlink.enabled) return [];
  const routes = DOWNLINK_SLOTS.map((slot) => downlink[slot]).filter(({ enabled }) => enabled);
  const letters = downlink.deadLetter.enabled ? [downlink.deadLetter.topic] : [];
  return [...routes.map(({ topic }) => topic), ...letters];
}

function compileMapping(
  kind: MappedKind,
  mapping: ResolvedMapping,
  { app, uplink }: ResolvedConfig,
  { reader, times }: ReadContext,
): CompiledMapping {
  const encoder = compilePayload(kind, mapping.payload, app, uplink.dataTypeFormat, reader, times);
  const templates = new RouteTemplates(mapping.topic, mapping.key, uplink.topicPolicy);
  const headers = new HeaderPlan(uplink.headers, uplink.store !== null);
  return {
    encoder,
    devices: new DeviceCache(kind, app, templates, headers, encoder),
    pack: mapping.payload.mode === 'envelope_json' ? null : mapping.payload.pack,
  };
}

/** Name of the channel of the first point, where the host's metadata has it (contract §4). */
function channelOf(event: WireEvent, reader: PointMetaReader | null): string | undefined {
  if (reader === null) return undefined;
  for (const points of event.groups) {
    const [first] = points;
    if (first !== undefined) return channelNameOf(metaOf(first, reader));
  }
  return undefined;
}

function toPreview({ route }: DeviceEntry, timestampMs: number, value: Buffer): RecordPreview {
  const { renderedTopic, topic, key, headers } = route;
  return {
    status: 'record',
    renderedTopic,
    topic,
    key,
    headers: previewHeaders({ headers, timestampMs }),
    timestampMs,
    value,
  };
}
