/** Removes all that waits in a store, as its owner: by the engine itself, so that the books know of it. */
import type { NorthwardError } from '../api/errors.js';
import { systemClock } from '../core/clock.js';
import type { ResolvedStore } from '../config/resolved-config.js';
import { CommitTurns } from '../store/commit-scheduler.js';
import { NodeDisk } from '../store/node-disk.js';
import type { StoreLane } from '../store/port.js';
import { DiskStore } from '../store/store.js';

const PORTION = 1_000;
const CLOSE_MS = 30_000;

/** @returns how many messages are removed, or why the store cannot be had */
export async function purge(config: ResolvedStore): Promise<number | NorthwardError> {
  const clock = systemClock();
  let trouble: NorthwardError | undefined;
  const nothing = (): void => undefined;
  const store = new DiskStore(config, new NodeDisk(), clock, new CommitTurns(), {
    onSynced: nothing,
    onLost: nothing,
    onUnstored: nothing,
    onDegraded: (error) => {
      trouble = error;
    },
    onWorking: nothing,
    onWarning: nothing,
  });
  let removed = 0;
  try {
    await store.open();
    if (store.working) {
      for (const { name } of store.lanes) {
        for (const lane of [store.lane(name), store.parked(name)]) removed += await empty(store, lane);
      }
    }
  } finally {
    const deadline = new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await store.close(deadline);
  }
  return trouble ?? removed;
}

async function empty(store: DiskStore, lane: StoreLane): Promise<number> {
  let removed = 0;
  for (;;) {
    const records = await lane.read(PORTION);
    if (records.length === 0) return removed;
    for (const record of records) {
      store.lose(lane.name, record, 'purged');
      lane.acknowledge(record.position);
    }
    removed += records.length;
  }
}
