// @ts-check
// npm run kafka -- [--nodes 1|3] [--auto-create] [--secured]: a real Kafka to try things on, until Ctrl-C.
// --secured: one node with a listener for TLS and SCRAM beside the plaintext one; it makes missing topics by itself.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startCluster } from './kafka/cluster.mjs';
import { startSecuredKafka } from './kafka/secured.mjs';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1' },
    'auto-create': { type: 'boolean', default: false },
    secured: { type: 'boolean', default: false },
  },
});
const nodes = Number(values.nodes);
if (nodes !== 1 && nodes !== 3) {
  console.error('kafka: --nodes takes 1 or 3');
  process.exit(2);
}

const secured = values.secured ? await startSecuredKafka() : undefined;
const cluster = secured?.cluster ?? (await startCluster({ nodes, autoCreateTopics: values['auto-create'] }));
console.log(`bootstrap: ${cluster.bootstrapServers}`);
for (const id of cluster.nodeIds) {
  console.log(`node ${id}: pid ${cluster.node(id).pid}, log ${cluster.node(id).logFile}`);
}
for (const [name, value] of Object.entries(secured?.variables ?? {})) console.log(`export ${name}=${value}`);
console.log('Ctrl-C stops it and removes its data.');

// The signals alone would not keep this process alive.
const keepAlive = setInterval(() => {}, 60_000);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(keepAlive);
await (secured ?? cluster).stop();
