/** What the broker in memory holds, as a test reads it. */
import type { RecordPlace } from '../api/events.js';
import type { ResolvedConfig } from '../config/resolve.js';
import { DEAD_LETTER_HEADERS } from '../downlink/handover/dead-letter.js';
import type { ErrorCode } from '../api/errors.js';
import { parseExactJson } from '../language/json/exact-json.js';
import { MAPPING_OF, type MappedKind, type UplinkKind } from '../api/kinds.js';
import { headersOf, headerTexts } from '../record/outgoing-record.js';
import type { Handed } from './memory-producer.js';

/** A record as bytes. */
export interface RawBytes {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In order. */
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

/** A record of any kind that the broker in memory acknowledged. */
export interface MemoryRecord {
  readonly topic: string;
  /** Always 0: topics in memory have one partition. */
  readonly partition: number;
  readonly offset: number;
  /** As text; `null`: no key. */
  readonly key: string | null;
  /** As texts. */
  readonly headers: Readonly<Record<string, string>>;
  /** Unix ms. */
  readonly timestampMs: number;
  readonly raw: RawBytes;
}

/** A published event. */
export interface PublishedRecord extends MemoryRecord {
  readonly kind: UplinkKind | 'data_gap';
  /** The body, parsed; integers beyond 2^53 are bigints. */
  readonly body: unknown;
  /** What the event says: `payload.data` of an `envelope_json` body; in the other modes the whole body. */
  readonly data: unknown;
}

/** A record that went to the dead-letter topic. */
export interface DeadLetteredRecord extends MemoryRecord {
  /** Why, as the header tells. */
  readonly errorCode: ErrorCode;
  readonly errorMessage: string;
  /** How often it was handed to the host; 0 where it could not be decoded. */
  readonly attempts: number;
  /** Where it came from. */
  readonly source: RecordPlace;
}

/** The latest records, oldest first. */
export class Records {
  readonly published: PublishedRecord[] = [];
  readonly deadLettered: DeadLetteredRecord[] = [];
  /** Kinds whose bodies are envelopes, or were before another mapping. */
  readonly #enveloped = new Set<MappedKind>();
  readonly #keep: number;

  constructor(config: ResolvedConfig, keep: number) {
    this.use(config);
    this.#keep = keep;
  }

  /** The mappings are others from now on. */
  use(config: ResolvedConfig): void {
    for (const [kind, slot] of Object.entries(MAPPING_OF) as [
      MappedKind,
      (typeof MAPPING_OF)[MappedKind],
    ][]) {
      if (config.uplink[slot].payload.mode === 'envelope_json') this.#enveloped.add(kind);
    }
  }

  add(handed: Handed, offset: number): void {
    const record = recordOf(handed, offset);
    if (handed.kind === 'dead_letter') this.#push(this.deadLettered, deadLettered(record));
    else this.#push(this.published, this.#published(record, handed.kind));
  }

  #push<T>(list: T[], record: T): void {
    list.push(record);
    if (list.length > this.#keep) list.shift();
  }

  #published(record: MemoryRecord, kind: MappedKind): PublishedRecord {
    const body = record.raw.value === null ? null : parseExactJson(record.raw.value);
    const data = this.#enveloped.has(kind) && isEnvelope(body) ? body.payload.data : body;
    return { kind, ...record, body, data };
  }
}

function isEnvelope(body: unknown): body is { readonly payload: { readonly data: unknown } } {
  if (typeof body !== 'object' || body === null || !('schema_version' in body) || !('payload' in body))
    return false;
  const { payload } = body;
  return typeof payload === 'object' && payload !== null && 'data' in payload;
}

function recordOf(handed: Handed, offset: number): MemoryRecord {
  const { topic, key, value, timestampMs } = handed;
  const headers = headersOf(handed).map(([name, each]) => [name, Buffer.from(each ?? '')] as const);
  return {
    topic,
    partition: 0,
    offset,
    key: key === null ? null : key.toString(),
    headers: headerTexts(handed),
    timestampMs,
    raw: { key, value, headers },
  };
}

function deadLettered(record: MemoryRecord): DeadLetteredRecord {
  const { code, message, topic, partition, offset, attempts } = DEAD_LETTER_HEADERS;
  const said = (name: string): string => record.headers[name] ?? '';
  return {
    ...record,
    errorCode: said(code) as ErrorCode,
    errorMessage: said(message),
    attempts: Number(said(attempts)),
    source: { topic: said(topic), partition: Number(said(partition)), offset: Number(said(offset)) },
  };
}
