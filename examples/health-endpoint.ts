/**
 * Liveness and readiness for an orchestrator such as Kubernetes: `/livez` fails for what a restart cures, and for nothing
 * else; `/readyz` fails while events cannot be taken. With a store on disk a gateway stays ready while Kafka is away.
 *
 * Run it: npm run example -- health-endpoint
 * Prints: what the two probes answer before `start()`, while all is well, and when Kafka is gone.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const folder = await mkdtemp(path.join(tmpdir(), 'health-')); // in real life a folder that stays, on a disk of the machine
const broker = await startEmbeddedBroker(); // a Kafka inside this process
const northward = createKafkaNorthward({
  connection: { bootstrapServers: broker.bootstrapServers },
  uplink: { store: { path: folder }, telemetry: { enabled: true, topic: 'plant.telemetry' } },
  downlink: { enabled: false },
});

const server = createServer(({ url }, response) => {
  const health = northward.health(); // no I/O: as often as you like
  const good = url === '/livez' ? health.live : url === '/readyz' ? health.ready : null;
  response.statusCode = good === null ? 404 : good ? 200 : 503;
  response.setHeader('content-type', 'application/json').end(JSON.stringify(health));
});
server.listen(Number(process.env['HEALTH_PORT'] ?? 8080), '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));

async function probe(when: string) {
  for (const name of ['livez', 'readyz']) {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
    const { status, checks } = (await answer.json()) as ReturnType<typeof northward.health>;
    console.log(`${when}: ${name} ${answer.status} ${status}`);
    if (name === 'readyz') for (const { reason } of checks) if (reason !== null) console.log(`  ${reason}`);
  }
}

await probe('before start()');
await northward.start();
await northward.ready();
await probe('all is well');
const gone = new Promise((resolve) => {
  northward.on('state', ({ state }) => state === 'reconnecting' && resolve(state));
});
await broker.stop();
await gone;
await probe('Kafka is gone');

await northward.stop();
server.close();
await rm(folder, { recursive: true });
