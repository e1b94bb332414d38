/** The rules of `uplink.store`: its folder, its bounds, and what other settings mean with it and without. */
import { tmpdir } from 'node:os';
import nodePath, { type PlatformPath } from 'node:path';
import { cut } from '../../api/reason.js';
import { MESSAGE_ID_HEADER } from '../../record/outgoing-record.js';
import { describeValue } from '../describe.js';
import { childPath } from '../path.js';
import { workingFolder, type StoreDocument } from '../resolve-store.js';
import type { ResolvedLane } from '../resolved-config.js';
import { refuse, warn, type Finding, type RuleInput } from './finding.js';

export const STORE = 'uplink.store';
const TIMEOUT = 'uplink.producer.messageTimeoutMs';

/** As much of a path as a message shows. */
const LONGEST_PATH = 300;

/** `~/…`, `${NAME}`, `$NAME`, `%NAME%`, `{{NAME}}`: what shells and other programs fill in. */
const PLACEHOLDER = /^~(?:[\\/]|$)|\$\{|\$[A-Z_]|%\w+%|\{\{/;

/** Gone after a restart, or swept by the system. */
const TEMPORARY = ['/tmp', '/var/tmp', '/dev/shm', '/run', '/var/run'];

export function storePathRule({ config, store: given }: RuleInput): Finding[] {
  const { store } = config.uplink;
  if (store === null || given === null) return [];
  const at = `${STORE}.path`;
  if (given.path.trim() === '' || given.path.includes('\0')) {
    const expected = 'the path of a folder';
    const found = given.path.trim() === '' ? 'a blank text' : describeValue(given.path);
    return [refuse(at, `expected ${expected}; found ${found}`, { expected, found })];
  }
  if (PLACEHOLDER.test(given.path)) {
    const message = `looks as if a part of it were to be filled in; nothing is filled in: it is the folder ${cut(store.path, LONGEST_PATH)}`;
    return [warn(at, message)];
  }
  if (nodePath.isAbsolute(given.path)) return temporaryPath(at, store.path);
  if (workingFolder() !== null) {
    return [relativePath(at, given.path, store.path), ...temporaryPath(at, store.path)];
  }
  const expected = 'an absolute path, since the working directory was removed';
  const found = describeValue(given.path);
  return [refuse(at, `expected ${expected}; found ${found}`, { expected, found })];
}

function temporaryPath(at: string, path: string): Finding[] {
  const folders = [tmpdir(), ...TEMPORARY].filter((folder) => nodePath.isAbsolute(folder));
  const folder = folders.find((each) => isInFolder(path, each));
  if (folder === undefined) return [];
  const message = `is in ${folder}, a place of temporary files: what waits in it may be gone after a restart of the machine. Choose a folder that stays`;
  return [warn(at, message)];
}

function relativePath(at: string, given: string, resolved: string): Finding {
  const message = `is relative to the working directory, so that it is ${cut(resolved, LONGEST_PATH)} now, and another folder where the process is started elsewhere. Give an absolute path`;
  return warn(at, message, { expected: 'an absolute path', found: describeValue(given) });
}

/** Whether a path is a folder or somewhere under it. On Windows case does not matter. */
export function isInFolder(path: string, folder: string, platform: PlatformPath = nodePath): boolean {
  const way = platform.relative(folder, path);
  return way !== '..' && !way.startsWith(`..${platform.sep}`) && !platform.isAbsolute(way);
}

/** A bound of a lane, and where it is set: at the lane, or at the store for all lanes without one of their own. */
interface LaneBound {
  readonly lane: ResolvedLane;
  readonly storeAfterAt: string;
  readonly maxAgeAt: string;
}

export function storeTimesRule({ config, store: given }: RuleInput): Finding[] {
  const { store, producer } = config.uplink;
  if (store === null || given === null) return [];
  const bounds = store.lanes.map((lane) => boundsOf(lane, given));
  return [
    ...onePerPlace(bounds.flatMap((bound) => promiseFindings(bound, producer.messageTimeoutMs))),
    ...onePerPlace(bounds.flatMap(intervalFindings)),
    ...onePerPlace(bounds.flatMap(ageFindings)),
  ];
}

/** What is set at the store is the same mistake in each lane. An error counts more than a warning. */
function onePerPlace(findings: readonly Finding[]): Finding[] {
  const byWeight = [
    ...findings.filter(({ warning }) => warning),
    ...findings.filter(({ warning }) => !warning),
  ];
  return [...new Map(byWeight.map((finding) => [finding.problem.path, finding])).values()];
}

function boundsOf(lane: ResolvedLane, { lanes }: StoreDocument): LaneBound {
  const own = Object.hasOwn(lanes, lane.name) ? lanes[lane.name] : undefined;
  const at = childPath(`${STORE}.lanes`, lane.name);
  return {
    lane,
    storeAfterAt: `${own?.storeAfterMs == null ? STORE : at}.storeAfterMs`,
    maxAgeAt: `${own?.maxAgeMs == null ? STORE : at}.maxAgeMs`,
  };
}

function promiseFindings({ lane, storeAfterAt }: LaneBound, timeoutMs: number): Finding[] {
  const { storeAfterMs, commitIntervalMs } = lane;
  if (timeoutMs === 0) return [];
  const reads = [TIMEOUT, `${STORE}.commitIntervalMs`];
  if (storeAfterMs >= timeoutMs) {
    const expected = `less than ${TIMEOUT} (${timeoutMs})`;
    const found = String(storeAfterMs);
    const message = `expected ${expected}, since a promise would end before its message is stored; found ${found}`;
    return [refuse(storeAfterAt, message, { expected, found, reads })];
  }
  const sum = storeAfterMs + commitIntervalMs;
  if (sum < timeoutMs) return [];
  const message = `with commitIntervalMs (${commitIntervalMs}) a message may be on disk after ${sum} ms only, and its promise ends after messageTimeoutMs (${timeoutMs})`;
  return [warn(storeAfterAt, message, { reads })];
}

/** Longer than this is not what people mean who want each message on disk before it is sent. */
const LONGEST_WAIT_MS = 1000;

function intervalFindings({ lane, storeAfterAt }: LaneBound): Finding[] {
  const { storeAfterMs, commitIntervalMs } = lane;
  const atStore = storeAfterAt === `${STORE}.storeAfterMs`;
  const at = atStore ? `${STORE}.commitIntervalMs` : storeAfterAt;
  const reads = [`${STORE}.storeAfterMs`, `${STORE}.commitIntervalMs`];
  if (storeAfterMs === 0) {
    if (commitIntervalMs <= LONGEST_WAIT_MS) return [];
    const message = `with storeAfterMs 0 a message waits up to commitIntervalMs (${commitIntervalMs}) until it is on disk, before it is sent`;
    return [warn(at, message, { reads })];
  }
  if (commitIntervalMs <= storeAfterMs) return [];
  const message = `commitIntervalMs (${commitIntervalMs}) is longer than storeAfterMs (${storeAfterMs}): a power cut may cost the messages of ${storeAfterMs + commitIntervalMs} ms`;
  return [warn(at, message, { reads })];
}

/** Shorter ages are most often seconds, or minutes, that are meant. */
const SHORTEST_AGE_MS = 60_000;

function ageFindings({ lane, maxAgeAt, storeAfterAt }: LaneBound): Finding[] {
  const { maxAgeMs, storeAfterMs, commitIntervalMs } = lane;
  const reads = [storeAfterAt, `${STORE}.commitIntervalMs`];
  if (maxAgeMs <= storeAfterMs + commitIntervalMs) {
    const expected = `more than storeAfterMs and commitIntervalMs together (${storeAfterMs + commitIntervalMs})`;
    const found = String(maxAgeMs);
    return [refuse(maxAgeAt, `expected ${expected}; found ${found}`, { expected, found, reads })];
  }
  if (maxAgeMs >= SHORTEST_AGE_MS) return [];
  const message = `${maxAgeMs} milliseconds are less than a minute: what waits longer than that on disk is lost as expired`;
  return [warn(maxAgeAt, message)];
}

const MIB = 1024 * 1024;
const LARGEST_SEGMENT = 8 * MIB;
const SEGMENTS = 64;
const LEAST_FREE = 16 * MIB;

export function storeSizesRule({ config, store: given }: RuleInput): Finding[] {
  const { store, queue } = config.uplink;
  if (store === null || given === null) return [];
  const { maxBytes, minFreeBytes } = store;
  const findings = store.lanes
    .filter((lane) => lane.maxBytes > maxBytes)
    .map((lane) => {
      const expected = `at most ${STORE}.maxBytes (${maxBytes})`;
      const found = String(lane.maxBytes);
      const at = `${childPath(`${STORE}.lanes`, lane.name)}.maxBytes`;
      const reads = [`${STORE}.maxBytes`];
      return refuse(at, `expected ${expected}; found ${found}`, { expected, found, reads });
    });
  const segment = Math.min(LARGEST_SEGMENT, Math.floor(maxBytes / SEGMENTS));
  if (maxBytes < queue.maxBytes + segment) {
    const message = `${maxBytes} is less than uplink.queue.maxBytes (${queue.maxBytes}) and a segment (${segment}): an outage would cost what was accepted a moment ago`;
    findings.push(warn(`${STORE}.maxBytes`, message, { reads: ['uplink.queue.maxBytes'] }));
  }
  if (minFreeBytes < LEAST_FREE) {
    const message = `${minFreeBytes} leaves other programs on that disk hardly any space: they fail when the store has grown`;
    findings.push(warn(`${STORE}.minFreeBytes`, message));
  }
  return findings;
}

/** What other settings mean where there is a store. */
export function withStoreRule({ config }: RuleInput): Finding[] {
  const { store, onFatal, producer } = config.uplink;
  if (store === null) return [];
  const findings: Finding[] = [];
  if (onFatal === 'fail') {
    const expected = 'resend, because uplink.store keeps what was not acknowledged';
    findings.push(refuse('uplink.onFatal', `expected ${expected}; found fail`, { expected, found: 'fail' }));
  }
  if (producer.acks === 'none') {
    const message =
      'with none a message leaves the store as soon as it is sent, whether it arrives or not: nobody tells. Use all';
    findings.push(warn('uplink.producer.acks', message));
  }
  return findings;
}

/** What is nothing where there is no store. */
export function withoutStoreRule({ config, headersAt }: RuleInput): Finding[] {
  const { store, headers, dataGap } = config.uplink;
  if (store !== null) return [];
  const findings: Finding[] = [];
  if (headers.messageId) {
    const place = headers.include === true ? -1 : headers.include.indexOf(MESSAGE_ID_HEADER);
    const at = place === -1 ? 'uplink.headers.messageId' : `${headersAt}[${place}]`;
    const message = `there is no ${STORE}, which alone gives messages an id: the header ${MESSAGE_ID_HEADER} is left out`;
    findings.push(warn(at, message, { reads: [STORE] }));
  }
  if (dataGap.enabled) {
    const message = `there is no ${STORE}, so that there are no gaps to tell of: nothing is ever sent`;
    findings.push(warn('uplink.dataGap', message, { reads: [STORE] }));
  }
  return findings;
}
