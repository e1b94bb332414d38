// One measurement in a process of its own: publishes, waits for every report, prints one line of JSON.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { bareProducer, byHand, byKafkaJsLayer, checkSameRecord } from './by-hand.mjs';
import { diskUse } from './disk-use.mjs';
import { loadLibrary } from './library.mjs';
import { quantile } from './measure.mjs';
import { configFor, eventAt, pointMeta } from './workload.mjs';

const { values } = parseArgs({
  options: {
    variant: { type: 'string' },
    bootstrap: { type: 'string' },
    messages: { type: 'string' },
    window: { type: 'string', default: '2000' },
    headers: { type: 'string', default: 'all' },
    topics: { type: 'string', default: '1' },
    topic: { type: 'string', default: 'bench.telemetry' },
    // With one topic.
    devices: { type: 'string', default: '200' },
    // `payload` of the mapping as JSON.
    payload: { type: 'string' },
    // Producer settings as JSON; only for publish and batch.
    producer: { type: 'string', default: '{}' },
    // `uplink.store` as JSON; only for publish, batch and paced.
    store: { type: 'string' },
    // Messages a second; only for paced.
    rate: { type: 'string', default: '20000' },
    progress: { type: 'string', default: '0' },
    // index.js of another build; default: this project's.
    library: { type: 'string' },
  },
});
const { createKafkaNorthward } = await loadLibrary(values.library);
const messages = Number(values.messages);
const window = Number(values.window);
const topics = Number(values.topics);
const progress = Number(values.progress);
const store = values.store === undefined ? undefined : JSON.parse(values.store);
const payload = values.payload === undefined ? undefined : JSON.parse(values.payload);
const config = configFor({ ...values, topics, producer: JSON.parse(values.producer), store, payload });
const eventOf = (n) => eventAt(n, topics, Number(values.devices));
// Each topic is met before.
const WARM_UP = Math.max(topics, Math.min(20_000, Math.ceil(messages / 5)));

const variants = {
  publish,
  batch,
  paced,
  bare,
  'by-hand': () => instead(byHand),
  kafkajs: () => instead(byKafkaJsLayer),
};
const run = await variants[values.variant]();
await run.send(0, WARM_UP);
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
const disk = await diskUse(run.metrics);
const cpu = process.cpuUsage();
const from = performance.now();
await run.send(WARM_UP, messages);
const seconds = (performance.now() - from) / 1000;
const used = process.cpuUsage(cpu);
loop.disable();
const diskNow = await diskUse(run.metrics);
const { latencies = [] } = run;
console.log(
  JSON.stringify({
    rate: messages / seconds,
    cpuSecondsPerMillion: (used.user + used.system) / messages,
    // The monitor reports its own resolution of 1 ms on top.
    loopP99Ms: Math.max(0, loop.percentile(99) / 1e6 - 1),
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
    ...Object.fromEntries(Object.entries(diskNow).map(([name, value]) => [name, value - disk[name]])),
    clients: run.metrics?.().uplink.clients,
    threads: threads(),
    ...(latencies.length === 0
      ? {}
      : { receiptP50Ms: quantile(latencies, 0.5), receiptP99Ms: quantile(latencies, 0.99) }),
  }),
);
await run.stop();

/** Of this process, where the system tells them. */
function threads() {
  if (process.platform !== 'linux') return 0;
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

function tick(done) {
  if (progress > 0 && done % progress === 0) {
    console.error(`${done} messages, RSS ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
  }
}

async function connected() {
  const northward = createKafkaNorthward(config, { pointMeta });
  await northward.start();
  await northward.ready();
  return northward;
}

/** As many messages a second as `--rate` says, in steps of a millisecond; a receipt each. `--window` bounds them where the machine stands still. */
async function paced() {
  const northward = await connected();
  const perMs = Number(values.rate) / 1000;
  const latencies = [];
  const send = (first, count) =>
    new Promise((resolve, reject) => {
      const from = performance.now();
      let next = 0;
      let done = 0;
      latencies.length = 0;
      const received = (at) => {
        latencies.push(performance.now() - at);
        done += 1;
        if (done === count) resolve();
      };
      const step = () => {
        const due = Math.min(count, done + window, Math.floor((performance.now() - from) * perMs));
        for (; next < due; next += 1) {
          const at = performance.now();
          northward.publishTelemetry(eventOf(first + next)).then(() => received(at), reject);
        }
        if (next < count) setTimeout(step, 1);
      };
      step();
    });
  return { send, latencies, stop: () => northward.stop(), metrics: () => northward.metrics() };
}

/** publishTelemetry with a receipt each, `window` of them in flight. */
async function publish() {
  const northward = await connected();
  const send = inWindow((n) => northward.publishTelemetry(eventOf(n)));
  return { send, stop: () => northward.stop(), metrics: () => northward.metrics() };
}

/** `window` promises at a time. @param one makes the promise of the nth message */
function inWindow(one) {
  return (first, count) =>
    new Promise((resolve, reject) => {
      let next = first;
      let done = 0;
      const publishNext = () => {
        if (next === first + count) return;
        one(next).then(received, reject);
        next += 1;
      };
      const received = () => {
        done += 1;
        tick(done);
        if (done === count) resolve();
        else publishNext();
      };
      for (let n = 0; n < window; n += 1) publishNext();
    });
}

/** What a user would write instead, by the bare client or by its KafkaJS layer. */
async function instead(make) {
  const withHeaders = values.headers === 'all';
  const northward = createKafkaNorthward(config, { pointMeta });
  for (const n of [0, 1, 999]) {
    const event = eventOf(n);
    checkSameRecord(northward.previewUplink(event), event, pointMeta, withHeaders);
  }
  const topicOf = topics === 1 ? () => values.topic : ({ deviceId }) => `bench.${deviceId}`;
  const { publish: one, stop } = await make({ bootstrap: values.bootstrap, topicOf, pointMeta, withHeaders });
  return { send: inWindow((n) => one(eventOf(n))), stop };
}

/** publishBatch of 500, as many batches at once as the window holds. */
async function batch() {
  const size = 500;
  const northward = await connected();
  const send = async (first, count) => {
    let next = first;
    const lane = async () => {
      while (next < first + count) {
        const from = next;
        const to = Math.min(from + size, first + count);
        next = to;
        const events = [];
        for (let n = from; n < to; n += 1) events.push(eventOf(n));
        const outcomes = await northward.publishBatch(events);
        const failed = outcomes.find((outcome) => outcome.status !== 'delivered');
        if (failed) throw failed.error;
        tick(to - first);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, Math.floor(window / size)) }, lane));
  };
  return { send, stop: () => northward.stop(), metrics: () => northward.metrics() };
}

/** The bare client: the same bytes, key and headers, made beforehand; a report for each message. */
async function bare() {
  const northward = createKafkaNorthward(config, { pointMeta });
  const records = Array.from({ length: Math.max(1_000, topics) }, (_, n) => {
    const record = northward.previewUplink(eventOf(n));
    const headers = Object.entries(record.headers).map(([name, value]) => ({ [name]: value }));
    return { ...record, headers: headers.length === 0 ? undefined : headers };
  });
  const { producer, stop } = await bareProducer(values.bootstrap);
  const send = (first, count) =>
    new Promise((resolve, reject) => {
      let next = first;
      let done = 0;
      const one = () => {
        if (next === first + count) return;
        const record = records[next % records.length];
        producer.produce(
          record.topic,
          null,
          record.value,
          record.key,
          record.timestampMs,
          next,
          record.headers,
        );
        next += 1;
      };
      const received = (error) => {
        if (error) {
          reject(error);
          return;
        }
        done += 1;
        tick(done);
        if (done === count) {
          producer.off('delivery-report', received);
          resolve();
        } else one();
      };
      producer.on('delivery-report', received);
      for (let n = 0; n < window; n += 1) one();
    });
  return { send, stop };
}
