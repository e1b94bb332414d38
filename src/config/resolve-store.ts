/** `uplink.store`, resolved: the folder, and the lanes laid over those that are always there. */
import path from 'node:path';
import type { NorthwardConfig } from '../api/config.js';
import type { OutgoingKind } from '../record/outgoing-record.js';
import type { Complete, ResolvedLane, ResolvedStore } from './resolved-config.js';

/** As it stands in the document, with the defaults of the schema. */
export type StoreDocument = Complete<NonNullable<NonNullable<NorthwardConfig['uplink']>['store']>>;
type LaneDocument = StoreDocument['lanes'][string];

/** The lane that is never evicted by size. */
const CRITICAL = 'critical';
const CRITICAL_COMMIT_INTERVAL_MS = 20;

/** The lanes that are always there, the most important one first. Gaps have none: they wait in the state of the store. */
export const DEFAULT_LANES: ReadonlyMap<string, readonly OutgoingKind[]> = new Map([
  [CRITICAL, ['alarm', 'rpc_response', 'write_point_response', 'dead_letter']],
  ['state', ['device_connected', 'device_disconnected', 'attributes']],
  ['telemetry', ['telemetry']],
]);

const UNSET: LaneDocument = { kinds: [], storeAfterMs: null, maxBytes: null, maxAgeMs: null };

export function resolveStore(store: StoreDocument, appId: number): ResolvedStore {
  const { maxBytes, minFreeBytes, whenFull, compress, allowNetworkFs, replay } = store;
  const parent = absolutePath(store.path);
  return {
    path: parent,
    folder: path.join(parent, `app-${appId}`),
    maxBytes,
    minFreeBytes,
    whenFull,
    compress,
    allowNetworkFs,
    replay,
    lanes: resolveLanes(store),
  };
}

/** From the working directory where it is relative; as it is where there is none any more, which a rule refuses. */
function absolutePath(given: string): string {
  if (path.isAbsolute(given)) return path.resolve(given);
  const folder = workingFolder();
  return folder === null ? given : path.resolve(folder, given);
}

/** `null`: it was removed under the process. */
export function workingFolder(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

function resolveLanes(store: StoreDocument): ResolvedLane[] {
  const names = new Set([...DEFAULT_LANES.keys(), ...Object.keys(store.lanes)]);
  const named = laneOfNamedKinds(store.lanes);
  return [...names].map((name) => {
    const lane = Object.hasOwn(store.lanes, name) ? (store.lanes[name] ?? UNSET) : UNSET;
    const isCritical = name === CRITICAL;
    const own = lane.kinds.filter((kind) => named.get(kind) === name);
    const left = (DEFAULT_LANES.get(name) ?? []).filter((kind) => !named.has(kind));
    return {
      name,
      kinds: new Set([...own, ...left]),
      storeAfterMs: lane.storeAfterMs ?? (isCritical ? 0 : store.storeAfterMs),
      commitIntervalMs: isCritical
        ? Math.min(CRITICAL_COMMIT_INTERVAL_MS, store.commitIntervalMs)
        : store.commitIntervalMs,
      maxBytes: lane.maxBytes ?? store.maxBytes,
      maxAgeMs: lane.maxAgeMs ?? store.maxAgeMs,
      evictable: !isCritical,
    };
  });
}

/** The lane of each kind that the document names; of the first one where it names two, which a rule refuses. */
function laneOfNamedKinds(lanes: StoreDocument['lanes']): ReadonlyMap<OutgoingKind, string> {
  const named = new Map<OutgoingKind, string>();
  for (const [name, { kinds }] of Object.entries(lanes)) {
    for (const kind of kinds) if (!named.has(kind)) named.set(kind, name);
  }
  return named;
}
