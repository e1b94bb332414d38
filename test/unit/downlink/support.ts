import { DOWNLINK_SLOTS } from '../../../src/api/kinds.js';
import type { ResolvedRoute } from '../../../src/config/resolve.js';
import { compileRoutes, type RouteTable } from '../../../src/downlink/decode/routes.js';
import type { StartPosition } from '../../../src/downlink/group/positions.js';
import type { TopicPartition } from '../../../src/kafka/port/consumer-port.js';

type Filter = Extract<ResolvedRoute['payload'], { mode: 'mapped_json' }>['filter'];

/** A route as a configuration has it: only what differs from the defaults. */
export interface RouteDocument {
  readonly enabled?: boolean;
  readonly topic?: string;
  readonly payload?:
    | { readonly mode: 'envelope_json' }
    | {
        readonly mode: 'mapped_json';
        readonly config: Readonly<Record<string, string>>;
        readonly filter?: Filter;
      };
}

export type RoutesDocument = { readonly [slot in (typeof DOWNLINK_SLOTS)[number]]?: RouteDocument };

/** Compiles routes with the defaults of the configuration filled in. */
export function routesOf(document: RoutesDocument): RouteTable {
  return compileRoutes({
    enabled: true,
    writePoint: resolveRoute(document.writePoint),
    commandReceived: resolveRoute(document.commandReceived),
    rpcResponseReceived: resolveRoute(document.rpcResponseReceived),
  });
}

export function resolveRoute(document: RouteDocument = {}): ResolvedRoute {
  const payload = document.payload ?? { mode: 'envelope_json' };
  return {
    enabled: document.enabled ?? false,
    topic: document.topic ?? 'ng.downlink',
    payload:
      payload.mode === 'envelope_json' ? payload : { ...payload, filter: payload.filter ?? { mode: 'none' } },
    ackPolicy: 'on_success',
    failurePolicy: 'drop',
  };
}

/** What an object with one property of this name stands for in a data file. */
const TAGS: Readonly<Record<string, (argument: unknown) => unknown>> = {
  bigint: (digits) => (typeof digits === 'string' ? BigInt(digits) : undefined),
  number: (text) => (typeof text === 'string' ? Number(text) : undefined),
  /** `[text, times]` */
  repeated: (argument) => {
    const [text, times] = argument as [string, number];
    return text.repeat(times);
  },
  /** `[item, times, …rest]`: a list of so many items, and the rest. */
  items: (argument) => {
    const [item, times, ...rest] = argument as [unknown, number, ...unknown[]];
    return [...Array.from({ length: times }, () => item), ...rest];
  },
  /** So many lists, one inside the other. */
  nested: (times) =>
    Array.from({ length: times as number })
      .reduce<unknown[]>((inner) => [inner], [])
      .at(0),
};

/** Replaces the tagged values of data files; anything else is itself. */
export function untag(value: unknown): unknown {
  return rebuild(value, (object) => {
    const [name, ...others] = Object.keys(object);
    return name === undefined || others.length > 0 || !Object.hasOwn(TAGS, name)
      ? undefined
      : TAGS[name]?.(object[name]);
  });
}

/** The same value, with ordinary objects for those without prototype. */
export function plain(value: unknown): unknown {
  return rebuild(value, () => undefined);
}

type JsonObject = Readonly<Record<string, unknown>>;

function rebuild(value: unknown, replace: (object: JsonObject) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => rebuild(item, replace));
  const replaced = replace(value as JsonObject);
  if (replaced !== undefined) return replaced;
  // As JSON.parse does it, `__proto__` stays an ordinary key: fromEntries defines, it does not assign.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rebuild(item, replace)]));
}

/** A partition that starts at `offset`, of a log that nothing is known of. */
export function startOf(place: TopicPartition, offset: number, committed: number): StartPosition {
  return {
    ...place,
    offset,
    committed,
    leaderEpoch: null,
    topicId: null,
    partitions: 1,
    metadata: '',
    noted: true,
    low: 0,
    lost: null,
    reason: null,
    rereadFrom: null,
  };
}
