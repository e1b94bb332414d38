// What the stores of several apps in one process leave of libuv's pool to the host: how long its own fs.stat takes, while
// every app publishes and commits. Prints one line of JSON.
import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createKafkaNorthward } from 'ng-kafka-northward';
import { quantile } from './measure.mjs';
import { configFor, eventAt, pointMeta } from './workload.mjs';

const { values } = parseArgs({
  options: {
    variant: { type: 'string' },
    bootstrap: { type: 'string' },
    apps: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
    // `uplink.store` as JSON.
    store: { type: 'string' },
  },
});
const EVERY_MS = 10;
const file = fileURLToPath(import.meta.url);

const store = values.store === undefined ? undefined : JSON.parse(values.store);
const northwards = Array.from({ length: Number(values.apps) }, (_, n) => {
  const { bootstrap } = values;
  const base = configFor({ bootstrap, headers: 'all', topics: 1, topic: 'bench.host', producer: {}, store });
  return createKafkaNorthward({ ...base, app: { id: n + 1, name: `bench-${n + 1}` } }, { pointMeta });
});
for (const northward of northwards) await northward.start();
for (const northward of northwards) await northward.ready();
// On a slow disk it takes a while until every store is open.
await Promise.all(northwards.map((northward) => northward.publishTelemetry(eventAt(0, 1))));

let published = 0;
let delivered = 0;
const fail = (error) => {
  throw error;
};
/** A hundred messages a second for each app. */
const timer = setInterval(() => {
  for (const northward of northwards) {
    northward.publishTelemetry(eventAt(published, 1)).then(() => (delivered += 1), fail);
    published += 1;
  }
}, EVERY_MS);

const times = [];
for (const end = performance.now() + 1000 * Number(values.seconds); performance.now() < end;) {
  const from = performance.now();
  await stat(file);
  times.push(performance.now() - from);
  await wait(1);
}
clearInterval(timer);
const commits = northwards.reduce((sum, northward) => sum + (northward.metrics().store?.commits ?? 0), 0);
const [p50Ms, p99Ms, maxMs] = [0.5, 0.99, 1].map((share) => quantile(times, share));
console.log(JSON.stringify({ p50Ms, p99Ms, maxMs, commits, published, delivered }));
await Promise.all(northwards.map((northward) => northward.stop({ timeoutMs: 60_000 })));
