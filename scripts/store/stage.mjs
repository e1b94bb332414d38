// @ts-check
/** What each of the commands `npm run store:…` needs: a build, a broker, and a folder; gone at the end, whatever happens. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCluster } from '../kafka/cluster.mjs';
import { buildIfStale } from '../lib/build.mjs';
import { endForSetup } from '../lib/report.mjs';

/**
 * Ends the process: with 0 where the command is content, else with 1.
 * @param {string} name Part of the folder's name
 * @param {(stage: { cluster: import('../kafka/cluster.mjs').KafkaCluster, folder: string }) => Promise<boolean>} run Resolves
 * with whether it is content
 * @param {import('../kafka/cluster.mjs').ClusterOptions} [options]
 * @returns {Promise<never>}
 */
export async function onStage(name, run, options) {
  if (!(await buildIfStale())) process.exit(1);
  const cluster = await startCluster(options).catch(endForSetup);
  const folder = await mkdtemp(path.join(os.tmpdir(), `northward-${name}-`));
  removeWhenInterrupted(folder);
  let good = false;
  try {
    good = await run({ cluster, folder });
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
  process.exit(good ? 0 : 1);
}

/** A store of an hour is too much to leave behind. The brokers see to themselves. @param {string} folder */
function removeWhenInterrupted(folder) {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      // Behind those who end the processes that write into it.
      process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
      // Another one has more to do, and ends this process itself.
      if (process.listenerCount(signal) === 0) process.exit(130);
    });
  }
}
