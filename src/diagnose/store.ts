/** The folder of the store: the disk under it, its owner, and what lies in it. */
import type { Finding } from '../api/diagnosis.js';
import type { ResolvedStore } from '../config/resolved-config.js';
import { lookAtStore, type StoreFacts } from '../store/look.js';
import { onNetworkFileSystem, storeTrouble } from '../store/trouble.js';
import { Step, type Fault } from './finding.js';
import type { Run } from './run.js';
import { Ended } from './waits.js';

/** Slower disks make `storeAfterMs: 0` slow, and wear. */
const SLOW_SYNC_MS = 250;
const MIB = 1_048_576;

export async function* storeStep(run: Run): AsyncGenerator<Finding> {
  const { store } = run.config.uplink;
  if (!run.sides.includes('uplink')) return;
  if (!run.sound('uplink.store') || !run.sound('app')) {
    yield new Step('store', null).skipped('uplink.store or app has problems');
  } else if (store === null)
    yield new Step('store', null).skipped('uplink.store is not set: nothing is kept on disk');
  else yield await storeFinding(run, new Step('store', store.folder), store);
}

async function storeFinding(run: Run, step: Step, store: ResolvedStore): Promise<Finding> {
  let facts: StoreFacts;
  try {
    const looking = lookAtStore(run.store, store.folder, store.lanes, Date.now());
    facts = await run.waits.within(`Looking at ${store.folder}`, looking);
  } catch (error) {
    if (error instanceof Ended) throw error;
    return step.failed({ ...plain(storeTrouble(store.folder, error)), setting: 'uplink.store.path' });
  }
  const { sort, name } = facts.fileSystem;
  if (sort === 'network' && !store.allowNetworkFs)
    return step.failed(plain(onNetworkFileSystem(store.folder, name)));
  const details = detailsOf(facts);
  const fault = withoutRoom(store, facts) ?? oddity(store, facts);
  if (fault !== null) return step.warning({ ...fault, details });
  return step.ok(summary(facts), details);
}

/** Messages are not kept in memory by a diagnosis. */
function plain({ code, message, hint }: Fault): Fault {
  return { code, message: message.replace(' Messages are kept in memory only.', ''), hint };
}

function withoutRoom({ folder, minFreeBytes }: ResolvedStore, { fileSystem }: StoreFacts): Fault | null {
  if (fileSystem.freeBytes >= minFreeBytes) return null;
  return {
    code: 'STORE_FULL',
    message: `${mib(fileSystem.freeBytes)} are free for ${folder}, less than uplink.store.minFreeBytes (${mib(minFreeBytes)}): the oldest messages go`,
    hint: 'Free some space, or give uplink.store a disk of its own, or lower uplink.store.minFreeBytes.',
    setting: 'uplink.store.minFreeBytes',
  };
}

/** What is odd, the worst first. */
function oddity({ folder }: ResolvedStore, facts: StoreFacts): Fault | null {
  return damage(folder, facts) ?? otherOwner(folder, facts) ?? doubtfulDisk(folder, facts) ?? orphans(facts);
}

const ODD = { code: 'STORE_DEGRADED', setting: 'uplink.store.path' } as const;

function damage(folder: string, { damaged, damagedFiles }: StoreFacts): Fault | null {
  if (!damaged && damagedFiles === 0) return null;
  const what = damaged ? 'its state cannot be read' : `${damagedFiles} damaged files are kept aside`;
  const hint = 'Check the disk. What was damaged is in losses(); stored messages may be sent twice.';
  return { ...ODD, hint, message: `the store in ${folder} was damaged: ${what}` };
}

function otherOwner(folder: string, { owned }: StoreFacts): Fault | null {
  if (!owned) return null;
  const message = `another process has ${folder} in use: a gateway that runs, or a second one by mistake`;
  const hint =
    'Where the gateway of this configuration runs, all is well. Else give the other one its own uplink.store.path or app.id.';
  return { ...ODD, hint, message };
}

function doubtfulDisk(folder: string, { fileSystem, syncMs }: StoreFacts): Fault | null {
  if (fileSystem.sort === 'unknown') {
    const message = `${folder} is on a file system that does not tell whether it is a network one (${fileSystem.name})`;
    return { ...ODD, message, hint: 'Use a local disk for uplink.store.path.' };
  }
  if (syncMs === null || syncMs <= SLOW_SYNC_MS) return null;
  const message = `a sync takes ${Math.round(syncMs)} ms: the disk is slow, or busy`;
  const hint =
    'Look at the disk. Messages with storeAfterMs 0 wait for a sync each; see uplink.store.commitIntervalMs.';
  return { ...ODD, message, hint, docs: 'docs/outages.md#choosing-the-times-and-the-wear-of-the-disk' };
}

function orphans({ orphans: found }: StoreFacts): Fault | null {
  if (found === null) return null;
  const [message, hint] = found;
  const docs = 'docs/troubleshooting.md#store_orphaned-stored-messages-that-nobody-sends';
  return { ...ODD, message, hint, docs };
}

function summary({ exists, nearest, fileSystem, syncMs, lanes }: StoreFacts): string {
  const room = `${mib(fileSystem.freeBytes)} free on ${fileSystem.name}`;
  if (!exists) return `does not exist yet, and can be made in ${nearest}; ${room}`;
  const messages = lanes.reduce((sum, lane) => sum + lane.messages, 0);
  const sync = syncMs === null ? '' : `, a sync takes ${Math.max(1, Math.round(syncMs))} ms`;
  return `${messages} message${messages === 1 ? '' : 's'} wait in it; ${room}${sync}`;
}

function detailsOf({ lanes }: StoreFacts): string[] {
  return lanes.map(({ name, messages, bytes, oldestMs }) => {
    const age = oldestMs === null ? '' : `, the oldest of ${new Date(oldestMs).toISOString()}`;
    return `lane ${name}: ${messages} message${messages === 1 ? '' : 's'}, ${mib(bytes)}${age}`;
  });
}

function mib(bytes: number): string {
  return bytes < MIB ? `${Math.ceil(bytes / 1_024)} KiB` : `${Math.round(bytes / MIB)} MiB`;
}
