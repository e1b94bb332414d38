// The broker that is measured against: by its kind, or one that runs already.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { here } from './measure.mjs';

/** @param {string} kind `embedded`, `kafka`, or `host:port` of one that runs */
export async function startBroker(kind) {
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
    const cluster = await startCluster({ nodes: 1, autoCreateTopics: true });
    return { bootstrap: cluster.bootstrapServers, stop: () => cluster.stop() };
  }
  return { bootstrap: kind, stop: async () => {} };
}
