// The broker that is measured against: by its kind, or one that runs already.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { endForSetup } from '../scripts/lib/report.mjs';
import { here } from './measure.mjs';

/** A file system in memory, where there is one. */
const MEMORY = '/dev/shm';

/**
 * @param {string} kind `embedded`, `kafka`, or `host:port` of one that runs
 * @param {{ inMemory?: boolean }} [options] `inMemory`: the data of a Kafka that is started lies in memory. Thousands of new topics are
 * tens of thousands of new files, and while a disk writes them the broker answers nobody for half a minute.
 */
export async function startBroker(kind, { inMemory = false } = {}) {
  if (kind === 'embedded') {
    const child = spawn(process.execPath, [here('broker.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const stop = async () => {
      child.stdin.end();
      await once(child, 'exit');
    };
    return { bootstrap: line, stop };
  }
  if (kind === 'kafka') {
    const { startCluster } = await import('../scripts/kafka/cluster.mjs');
    const cluster = await startCluster({
      nodes: 1,
      autoCreateTopics: true,
      parent: inMemory && existsSync(MEMORY) ? MEMORY : undefined,
    }).catch(endForSetup);
    return { bootstrap: cluster.bootstrapServers, stop: () => cluster.stop() };
  }
  return { bootstrap: kind, stop: async () => {} };
}
