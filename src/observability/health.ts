/** The rules of `health()` (docs/contract.md, section 7.7): what the sides know of themselves → what is well and what is not. Pure. */
import type { NorthwardError } from '../api/errors.js';
import type { Health, HealthCheck, HealthCheckName, HealthStatus } from '../api/health.js';
import type { ConnectionState } from '../api/events.js';

/** Where the object is in its life. */
export interface LifeFacts {
  readonly phase: 'new' | 'starting' | 'started' | 'stopped';
  /** Monotonic ms, of the beginning of the phase. */
  readonly at: number;
  /** Why the last `start()` failed. */
  readonly failure: NorthwardError | null;
}

/** The connection of one side. */
export interface ConnectionFacts {
  readonly state: ConnectionState;
  /** Monotonic ms; `null`: it is connected. */
  readonly downAt: number | null;
  readonly reason: NorthwardError | undefined;
  /** What it waits for, where there is no reason. */
  readonly awaited: { readonly text: string; readonly hint?: string };
  /** There is no client, and none will be made. */
  readonly ended: boolean;
}

/** A topic that takes nothing. */
export interface FailingTopicFacts {
  readonly topic: string;
  readonly error: NorthwardError;
  /** Monotonic ms. */
  readonly at: number;
}

export interface StoreFacts {
  readonly state: 'opening' | 'working' | 'degraded';
  /** Why it does not work, and since when, monotonic ms. */
  readonly trouble: { readonly error: NorthwardError; readonly at: number } | null;
  /** A fault of this library ended its opening, so that messages wait for it in vain. */
  readonly broken: boolean;
  /** As in `metrics()`. */
  readonly fullInMs: number | null;
  /** Monotonic ms of when it came to a bound; `null`: it is at none. */
  readonly fullAt: number | null;
  /** At a bound it takes nothing new. */
  readonly rejects: boolean;
}

export interface UplinkFacts {
  readonly connection: ConnectionFacts;
  readonly topics: readonly FailingTopicFacts[];
  /** `null`: none is configured. */
  readonly store: StoreFacts | null;
}

/** A partition with offsets that are held, or that is read no further. */
export interface HeldFacts {
  readonly topic: string;
  readonly partition: number;
  readonly held: number;
  /** Too much is unfinished or held. */
  readonly paused: boolean;
  /** Monotonic ms; `null`: not known. */
  readonly at: number | null;
}

export interface DownlinkFacts {
  readonly connection: ConnectionFacts;
  /** How long the loop that reads has stood still, ms. */
  readonly stoodMs: number;
  /** Topics of routes that do not exist, and the monotonic ms of when that was found. */
  readonly missing: ReadonlyMap<string, number>;
  readonly held: readonly HeldFacts[];
}

export interface HealthFacts {
  readonly life: LifeFacts;
  /** `null`: the side is not enabled. */
  readonly uplink: UplinkFacts | null;
  readonly downlink: DownlinkFacts | null;
}

/** What a rule found. */
interface Finding {
  readonly status: Exclude<HealthStatus, 'ok'>;
  /** Only a restart cures it. */
  readonly fatal?: boolean;
  /** Monotonic ms. */
  readonly at: number | null;
  readonly reason: string;
  readonly hint: string;
}

/** The loop that reads turns at least every two seconds. */
const STANDS_AFTER_MS = 60_000;
/** A store that is full within this time is told. */
const FULL_SOON_MS = 3_600_000;
/** Names in one reason. */
const MOST_NAMES = 5;

const RESTART = 'Restart the process, or replace the object with a new one of createKafkaNorthward().';
const REPORT = 'Please report it, with the last LIBRARY_FAULT in the log.';

/** @param wallOf Unix ms of a monotonic time */
export function healthOf({ life, uplink, downlink }: HealthFacts, wallOf: (at: number) => number): Health {
  const findings = new Map<HealthCheckName, Finding | null>([['life', lifeOf(life)]]);
  if (life.phase === 'started') {
    if (uplink !== null) addUplink(findings, uplink);
    if (downlink !== null) {
      findings.set('downlink', downlinkOf(downlink, uplink === null));
      findings.set('held', heldOf(downlink.held));
    }
  }
  const all = [...findings.values()];
  const live = !all.some((finding) => finding?.fatal === true);
  const status = worstOf(all);
  const checks = [...findings].map(([name, finding]) => checkOf(name, finding, wallOf));
  return { live, ready: live && status !== 'down', status, checks };
}

function addUplink(findings: Map<HealthCheckName, Finding | null>, uplink: UplinkFacts): void {
  const { topics, store } = uplink;
  findings.set('uplink', uplinkOf(uplink));
  findings.set('topics', topicsOf(topics));
  if (store === null) return;
  findings.set('store', storeOf(store));
  findings.set('room', roomOf(store));
}

function checkOf(
  name: HealthCheckName,
  finding: Finding | null,
  wallOf: (at: number) => number,
): HealthCheck {
  if (finding === null) return { name, status: 'ok', since: null, reason: null, hint: null };
  const { status, at, reason, hint } = finding;
  return { name, status, since: at === null ? null : Math.round(wallOf(at)), reason, hint };
}

function worstOf(findings: readonly (Finding | null)[]): HealthStatus {
  if (findings.some((finding) => finding?.status === 'down')) return 'down';
  return findings.some((finding) => finding !== null) ? 'degraded' : 'ok';
}

function lifeOf({ phase, at, failure }: LifeFacts): Finding | null {
  switch (phase) {
    case 'started':
      return null;
    case 'stopped':
      return down(
        at,
        'stop() was called',
        'Nothing where that is meant; a new object begins with createKafkaNorthward().',
      );
    case 'starting':
      return down(at, 'start() is under way', 'Nothing: it waits for no broker.');
    case 'new':
      if (failure === null) return down(at, 'start() was not called yet', 'Call start().');
      return down(at, `start() failed: ${failure.message}`, `${failure.hint} Then call start() again.`);
  }
}

function uplinkOf({ connection, store }: UplinkFacts): Finding | null {
  const ended = endedOf(connection, 'producer');
  if (ended !== null) return ended;
  if (connection.state === 'connected') return null;
  const why = whyOf(connection);
  const at = connection.downAt;
  if (store === null) return down(at, why.reason, why.hint);
  if (store.state !== 'working') {
    return down(
      at,
      `${why.reason}. The store does not work, so that messages are kept in memory only`,
      why.hint,
    );
  }
  if (store.rejects && store.fullInMs === 0) {
    return down(at, `${why.reason}. The store is full and takes nothing new`, why.hint);
  }
  return degraded(at, `${why.reason}. Messages are kept in the store`, why.hint);
}

function topicsOf(topics: readonly FailingTopicFacts[]): Finding | null {
  const [first] = topics;
  if (first === undefined) return null;
  const at = Math.min(...topics.map((each) => each.at));
  const names = listOf(topics.map(({ topic, error }) => `${topic} (${error.code})`));
  const noun = topics.length === 1 ? '1 topic takes' : `${topics.length} topics take`;
  return degraded(at, `${noun} no messages: ${names}`, first.error.hint);
}

function storeOf({ state, trouble, broken }: StoreFacts): Finding | null {
  if (broken) {
    const reason = 'A fault of this library ended the opening of the store: messages wait for it in vain';
    return { ...down(null, reason, `${RESTART} ${REPORT}`), fatal: true };
  }
  if (state !== 'degraded' || trouble === null) return null;
  return degraded(trouble.at, trouble.error.message, trouble.error.hint);
}

function roomOf({ state, fullInMs, fullAt, rejects }: StoreFacts): Finding | null {
  if (state !== 'working' || fullInMs === null || fullInMs > FULL_SOON_MS) return null;
  const hint =
    'Check the connection: the store empties itself once the brokers answer. Or raise uplink.store.maxBytes, or that of a lane, or free space on the disk.';
  if (fullInMs > 0) {
    return degraded(null, `The store is full in about ${timeOf(fullInMs)} at the present rate`, hint);
  }
  const then = rejects
    ? 'new messages are refused'
    : 'the oldest messages go for new ones, and a lane that is never evicted refuses new ones';
  return degraded(fullAt, `The store is full: ${then}`, hint);
}

/** @param isAlone there is no uplink that works meanwhile */
function downlinkOf({ connection, stoodMs, missing }: DownlinkFacts, isAlone: boolean): Finding | null {
  const ended = endedOf(connection, 'consumer');
  if (ended !== null) return ended;
  if (stoodMs >= STANDS_AFTER_MS) {
    const reason = `The loop that reads commands has stood still for ${timeOf(stoodMs)}`;
    return { ...down(null, reason, `${RESTART} Please report it.`), fatal: true };
  }
  if (connection.state !== 'connected') {
    const { reason, hint } = whyOf(connection);
    const text = `${reason}. Commands wait in Kafka`;
    return isAlone ? down(connection.downAt, text, hint) : degraded(connection.downAt, text, hint);
  }
  if (missing.size === 0) return null;
  const topics = listOf([...missing.keys()]);
  const hint = 'Create them; they are taken up as soon as they are there.';
  return degraded(Math.min(...missing.values()), `Topics of routes do not exist: ${topics}`, hint);
}

function heldOf(partitions: readonly HeldFacts[]): Finding | null {
  if (partitions.length === 0) return null;
  const held = partitions.reduce((sum, each) => sum + each.held, 0);
  const paused = partitions.filter((each) => each.paused);
  const parts: string[] = [];
  if (held > 0) {
    const places = listOf(partitions.filter((each) => each.held > 0).map(placeOf));
    parts.push(`${held} offset${held === 1 ? ' is' : 's are'} held: ${places}`);
  }
  if (paused.length > 0)
    parts.push(`read no further, as too much is unfinished: ${listOf(paused.map(placeOf))}`);
  const times = partitions.flatMap(({ at }) => at ?? []);
  const hint =
    'Finish the commands in hand; free what is held with releaseHeld(), after looking at the offset-held event.';
  return degraded(times.length === 0 ? null : Math.min(...times), parts.join('; '), hint);
}

/** The side has no client and will have none. */
function endedOf({ ended, reason, downAt }: ConnectionFacts, client: string): Finding | null {
  if (!ended) return null;
  const isSpent = reason?.code === 'RETRIES_EXHAUSTED';
  const text = isSpent ? reason.message : `A fault of this library ended the ${client}`;
  const hint = isSpent
    ? `Look at the cause. ${RESTART} With a higher retryPolicy.maxAttempts it goes on trying.`
    : `${RESTART} ${REPORT}`;
  return { ...down(downAt, text, hint), fatal: true };
}

function whyOf({ state, reason, awaited }: ConnectionFacts): { reason: string; hint: string } {
  const text = reason?.message ?? `not connected: ${awaited.text}`;
  const hint = (reason ?? awaited).hint ?? 'Nothing, unless it lasts: it goes on trying by itself.';
  // Another sentence may follow.
  const sentence = text.replace(/\.$/, '');
  return { reason: state === 'failed' ? `A person is needed: ${sentence}` : sentence, hint };
}

function down(at: number | null, reason: string, hint: string): Finding {
  return { status: 'down', at, reason, hint };
}

function degraded(at: number | null, reason: string, hint: string): Finding {
  return { status: 'degraded', at, reason, hint };
}

function placeOf({ topic, partition }: HeldFacts): string {
  return `${topic} ${partition}`;
}

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES);
  if (names.length > MOST_NAMES) shown.push(`and ${names.length - MOST_NAMES} more`);
  return shown.join(', ');
}

function timeOf(ms: number): string {
  return ms < 120_000 ? `${Math.max(1, Math.round(ms / 1_000))} s` : `${Math.round(ms / 60_000)} min`;
}
