/** What stood there and what should: the words of a configuration problem. */
import { cut } from '../api/reason.js';

/** What the words are made from; a schema for validation. */
export interface Described {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minProperties?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: Described;
  readonly allOf?: readonly { readonly if?: unknown; readonly then?: Described }[];
  /** Values under it are never shown. */
  readonly 'x-secret'?: boolean;
  /** Keys of the other variants of a union. */
  readonly 'x-elsewhere'?: readonly string[];
  /** Which variant this is, in words: `mode kv`. */
  readonly 'x-variant'?: string;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list of strings',
  null: 'null',
};

/** `one of a, b, c`, `an integer from 1 to 5`, `a string or null`. */
export function describeExpected(schema: Described): string {
  if (schema.enum !== undefined) return describeValues(schema.enum);
  if (schema.type === 'integer' || schema.type === 'number') return describeNumber(schema);
  if (schema.minProperties === 1)
    return `an object with one of ${Object.keys(schema.properties ?? {}).join(', ')}`;
  if (schema.type === 'array' && schema.items?.enum !== undefined)
    return `a list of ${schema.items.enum.join(', ')}`;
  if (schema.type === 'string')
    return schema.minLength === undefined ? 'a string' : 'a string that is not empty';
  if (typeof schema.type === 'string') return TYPE_NAMES[schema.type] ?? schema.type;
  return (schema.type ?? []).map((type) => describeExpected(branchOf(schema, type) ?? { type })).join(' or ');
}

function branchOf(schema: Described, type: string): Described | undefined {
  return schema.allOf?.map(({ then }) => then).find((branch) => branch?.type === type);
}

function describeValues(values: readonly string[]): string {
  const shown = values.map((value) => (value === '' ? '""' : value));
  return shown.length === 1 ? String(shown[0]) : `one of ${shown.join(', ')}`;
}

function describeNumber({ type, minimum, maximum }: Described): string {
  const name = type === 'integer' ? 'an integer' : 'a number';
  if (minimum === undefined) return name;
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? `${name} of at least ${minimum}`
    : `${name} from ${minimum} to ${maximum}`;
}

const LONGEST = 60;

/** What a value is, without telling it. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value === 'bigint') return 'a BigInt';
  return typeof value === 'object' ? kindOfObject(value) : `a ${typeof value}`;
}

function kindOfObject(value: object): string {
  try {
    if (Array.isArray(value)) return 'a list';
    const name = cut(Object.prototype.toString.call(value).slice(8, -1), LONGEST);
    return name === 'Object' ? 'an object' : `a ${name} object`;
  } catch {
    return 'an object that cannot be read';
  }
}

/** A value as it may be shown: strings in quotes and cut, objects and lists only by what they are. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    return cut(JSON.stringify(value.slice(0, LONGEST + 1)), LONGEST);
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

/** What was found in the place of something of this schema; no secret is ever shown. */
export function describeFound(value: unknown, schema: Described): string {
  const hidden = schema['x-secret'] === true || mayHold(schema, 'object') || mayHold(schema, 'array');
  return hidden ? kindOf(value) : describeValue(value);
}

function mayHold(schema: Described, type: string): boolean {
  return schema.type === type || (Array.isArray(schema.type) && schema.type.includes(type));
}

/** Suggestions for misspelt keys and values. */

/** The candidate nearest to `word`, or undefined where none is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const wanted = plain(word);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const name = plain(candidate);
    const distance = editDistance(wanted, name);
    if (distance <= tolerance(wanted, name) && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Words for a key that others use, in lower case and without separators; the first name that the place knows is meant. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  online: ['deviceConnected'],
  connected: ['deviceConnected'],
  connect: ['deviceConnected'],
  deviceonline: ['deviceConnected'],
  offline: ['deviceDisconnected'],
  disconnected: ['deviceDisconnected'],
  disconnect: ['deviceDisconnected'],
  deviceoffline: ['deviceDisconnected'],
  event: ['alarm'],
  events: ['alarm'],
  data: ['telemetry'],
  values: ['telemetry'],
  points: ['telemetry'],
  measurements: ['telemetry'],
  rpc: ['rpcResponse', 'rpcResponseReceived'],
  rpcresponse: ['rpcResponseReceived'],
  rpcresponsereceived: ['rpcResponse'],
  writepoint: ['writePointResponse'],
  writepointresponse: ['writePoint'],
  write: ['writePoint', 'writePointResponse'],
  command: ['commandReceived', 'rpcResponse'],
  commands: ['commandReceived', 'rpcResponse'],
  commandreceived: ['rpcResponse'],
  brokers: ['bootstrapServers'],
  servers: ['bootstrapServers'],
  hosts: ['bootstrapServers'],
  user: ['username'],
  pass: ['password'],
  ca: ['caLocation'],
  cert: ['certificateLocation'],
  key: ['keyLocation'],
  group: ['groupId'],
  storage: ['store'],
  disk: ['store'],
  folder: ['path'],
  directory: ['path'],
  retry: ['retryPolicy'],
  retries: ['retryPolicy'],
};

/** The name that another word for it means, at a place that knows `candidates`. */
export function otherWord(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const plainWord = plain(word);
  const names = Object.hasOwn(OTHER_WORDS, plainWord) ? OTHER_WORDS[plainWord] : undefined;
  return names?.find((name) => candidates.includes(name));
}

/** `SASL_SSL`, `sasl-ssl` and `saslSsl` are one word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[_\-. ]/g, '');
}

/** One slip in three letters; short words must be nearly right. */
function tolerance(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  return shorter < 3 ? 0 : Math.max(1, Math.floor(shorter / 3));
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
