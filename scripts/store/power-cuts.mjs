// @ts-check
/** Rounds whose end is a power cut. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { killAll } from './gateway.mjs';
import { nowUs } from './journal.mjs';
import { Ext4 } from './mounts.mjs';
import { preloadLibrary } from './native.mjs';
import { runRounds } from './rounds.mjs';
import { SMALL_QUEUE, topicsOf } from './setting.mjs';

/**
 * @param {object} options
 * @param {import('../kafka/cluster.mjs').KafkaCluster} options.cluster
 * @param {number} options.rounds
 * @param {number} options.rate
 * @param {number} options.storeAfterMs
 * @param {import('./random.mjs').Random} options.random
 * @param {boolean} options.withoutSync The control
 * @param {(text: string) => void} [options.say]
 */
export async function runPowerCuts({ cluster, rounds, rate, storeAfterMs, random, withoutSync, say }) {
  const disk = await Ext4.make();
  const tools = await mkdtemp(path.join(os.tmpdir(), 'northward-preload-'));
  // Interrupted, a mounted file system would stay.
  const interrupted = () => {
    killAll();
    void disk.remove().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const env = withoutSync ? { LD_PRELOAD: await preloadLibrary(tools, 'no-sync') } : {};
    return await runRounds({
      cluster,
      setting: {
        topics: topicsOf(`power-${randomUUID().slice(0, 8)}`),
        folder: path.join(disk.folder, 'store'),
        storeAfterMs,
        uplink: { queue: SMALL_QUEUE },
      },
      rounds,
      rate,
      random,
      // Mostly none answers at the cut: what is delivered shows nothing about the disk.
      outages: { begins: 0.9, ends: 0.2, killed: 0 },
      end: (gateway) => cutPower(gateway, disk),
      env,
      ...(say === undefined ? {} : { say }),
    });
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await disk.remove();
    await rm(tools, { recursive: true, force: true });
  }
}

/**
 * @param {import('./gateway.mjs').Gateway} gateway
 * @param {Ext4} disk
 */
async function cutPower(gateway, disk) {
  const endUs = nowUs();
  // A power cut ends the process as well: else it would go on without its disk.
  await gateway.freeze();
  await disk.cutPower();
  await gateway.kill();
  await disk.powerOn();
  return endUs;
}
