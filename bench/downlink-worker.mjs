// One measurement of the downlink in a process of its own; prints one line of JSON.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { RdKafka } from '@confluentinc/kafka-javascript';
import { loadLibrary } from './library.mjs';

const { values } = parseArgs({
  options: {
    variant: { type: 'string' },
    bootstrap: { type: 'string' },
    topic: { type: 'string' },
    messages: { type: 'string' },
    apps: { type: 'string', default: '0' },
    partitions: { type: 'string', default: '6' },
    // index.js of another build; default: this project's.
    library: { type: 'string' },
  },
});
const { createKafkaNorthward } = await loadLibrary(values.library);
const partitions = Number(values.partitions);
const messages = Number(values.messages);
const WARM_UP = Math.ceil(messages / 10);
const LATENCY_SAMPLES = 500;
const READS = 1_000;

const variants = { fill, bare, commands, manual, latency, apps };
const result = await variants[values.variant]();
console.log(JSON.stringify(result));
process.exit(0);

function body(n) {
  return Buffer.from(
    JSON.stringify({
      schema_version: 1,
      event: { kind: 'write_point' },
      envelope: { ts_ms: Date.now(), app: { id: 1, name: 'platform', plugin_type: 'kafka' } },
      payload: {
        data: {
          request_id: `request-${n}`,
          point_id: n % 1_000,
          value: n / 10,
          timestamp: new Date().toISOString(),
          timeout_ms: 5_000,
        },
      },
    }),
  );
}

async function producer(extra = {}) {
  const client = new RdKafka.Producer({ 'bootstrap.servers': values.bootstrap, acks: 'all', ...extra });
  await new Promise((resolve, reject) => {
    client.connect({ timeout: 10_000 }, (error) => (error ? reject(error) : resolve()));
  });
  client.setPollInBackground(true);
  return client;
}

async function fill() {
  const admin = RdKafka.AdminClient.create({ 'bootstrap.servers': values.bootstrap });
  for (const topic of [values.topic, `${values.topic}.latency`]) {
    await new Promise((resolve) => {
      admin.createTopic({ topic, num_partitions: partitions, replication_factor: 1 }, 10_000, () =>
        resolve(),
      );
    });
  }
  admin.disconnect();
  const client = await producer({ 'compression.type': 'lz4', 'linger.ms': 20 });
  for (let n = 0; n < messages; n += 1) {
    client.produce(values.topic, n % partitions, body(n), Buffer.from(`device-${n % 500}`));
    if (n % 5_000 === 4_999) await new Promise((resolve) => client.flush(30_000, resolve));
  }
  await new Promise((resolve) => client.flush(30_000, resolve));
  return {};
}

/** Counts records from the end of the warm-up on. */
function meter() {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  let seen = 0;
  let from = 0;
  let cpu;
  return {
    /** @returns whether all have come */
    count(records) {
      const before = seen;
      seen += records;
      if (before < WARM_UP && seen >= WARM_UP) {
        from = performance.now();
        cpu = process.cpuUsage();
        loop.enable();
      }
      return seen >= messages;
    },
    result() {
      const seconds = (performance.now() - from) / 1000;
      const used = process.cpuUsage(cpu);
      const measured = messages - WARM_UP;
      return {
        rate: measured / seconds,
        cpuSecondsPerMillion: (used.user + used.system) / measured,
        loopP99Ms: Math.max(0, loop.percentile(99) / 1e6 - 1),
        rssMiB: process.memoryUsage.rss() / 2 ** 20,
      };
    },
  };
}

/** The bare client, tuned as the library tunes it: records are counted, nothing else. */
async function bare() {
  const client = new RdKafka.KafkaConsumer({
    'bootstrap.servers': values.bootstrap,
    'group.id': `bare-${randomUUID()}`,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    'fetch.queue.backoff.ms': 10,
    'queued.min.messages': 20_000,
    'queued.max.messages.kbytes': 16_384,
  });
  await new Promise((resolve, reject) => {
    client.connect({ timeout: 10_000 }, (error) => (error ? reject(error) : resolve()));
  });
  client.setDefaultConsumeTimeout(100);
  client.setDefaultIsTimeoutOnlyForFirstMessage(true);
  client.subscribe([values.topic]);
  const rate = meter();
  for (;;) {
    const records = await new Promise((resolve, reject) => {
      client.consume(500, (error, found) => (error ? reject(error) : resolve(found)));
    });
    if (rate.count(records.length)) return rate.result();
  }
}

function gateway(extra = {}) {
  return createKafkaNorthward({
    app: { id: 1 },
    connection: { bootstrapServers: values.bootstrap },
    uplink: { enabled: false },
    downlink: {
      groupId: `bench-${randomUUID()}`,
      autoOffsetReset: 'earliest',
      writePoint: { enabled: true, topic: values.topic },
      ...extra,
    },
  });
}

/** for await: decode, validate, acknowledge, commit. */
async function commands() {
  const northward = gateway();
  await northward.start();
  const rate = meter();
  for await (const command of northward.commands()) {
    if (command.data.requestId === '') throw new Error('empty');
    if (rate.count(1)) break;
  }
  return rate.result();
}

/** Up to 100 commands at once, each acknowledged in a later turn. */
async function manual() {
  const northward = gateway();
  await northward.start();
  const rate = meter();
  const inHand = [];
  for await (const command of northward.commands({ manualAck: true })) {
    inHand.push(command);
    if (inHand.length === 100) await Promise.all(inHand.splice(0).map((each) => each.ack()));
    if (rate.count(1)) break;
  }
  return rate.result();
}

function percentiles(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1), count: sorted.length };
}

/** One command every 20 ms, on an idle gateway. */
async function latency() {
  const topic = `${values.topic}.latency`;
  const northward = gateway({ writePoint: { enabled: true, topic } });
  await northward.start();
  await northward.ready();
  const client = await producer({ 'linger.ms': 0 });
  const sentAt = new Map();
  const samples = [];
  let sent = 0;
  const timer = setInterval(() => {
    sentAt.set(`request-${sent}`, performance.now());
    client.produce(topic, sent % partitions, body(sent), Buffer.from(`device-${sent}`));
    sent += 1;
  }, 20);
  for await (const command of northward.commands()) {
    samples.push(performance.now() - sentAt.get(command.data.requestId));
    if (samples.length === LATENCY_SAMPLES + 50) break;
  }
  clearInterval(timer);
  // The first ones find connections and code cold.
  return percentiles(samples.slice(50));
}

/** File reads beside idle apps. */
async function apps() {
  const all = Array.from({ length: Number(values.apps) }, () =>
    gateway({ autoOffsetReset: 'latest', writePoint: { enabled: true, topic: `${values.topic}.latency` } }),
  );
  await Promise.all(all.map((each) => each.start()));
  await Promise.all(all.map((each) => each.ready({ timeoutMs: 60_000 })));
  const samples = [];
  const cpu = process.cpuUsage();
  const from = performance.now();
  for (let n = 0; n < READS; n += 1) {
    const started = performance.now();
    await readFile(new URL(import.meta.url));
    samples.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const used = process.cpuUsage(cpu);
  return { ...percentiles(samples), cpuPercent: (used.user + used.system) / 10 / (performance.now() - from) };
}
