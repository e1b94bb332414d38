// npm run bench -- --only topics: what the number of topics costs, with one client for all and with topics spread over
// clients, each beside one topic right before it on the same broker.
import { writeFile } from 'node:fs/promises';
import { measure, median } from './measure.mjs';
import { startBroker } from './start-broker.mjs';

const COUNTS = [1, 100, 1_000, 5_000];
/** On a busy machine one client with thousands of topics takes longer than 30 s. */
const messageTimeoutMs = 300_000;
const ONE_CLIENT = JSON.stringify({ messageTimeoutMs, topicsPerClient: null });
const SPREAD = JSON.stringify({ messageTimeoutMs });
const PATIENT = JSON.stringify({ messageTimeoutMs, lingerMs: 200 });

/** Name → what the worker is told, and from how many topics on it is worth while. */
const VARIANTS = {
  'one client': { producer: ONE_CLIENT, from: 1 },
  'spread over clients': { producer: SPREAD, from: 1 },
  'spread, 20,000 in flight, lingerMs 200': { producer: PATIENT, window: 20_000, from: 1_000 },
};
const PACED_SECONDS = 20;

/** The slow case gets fewer messages. */
function messagesFor(topics, most) {
  return Math.min(most, topics >= 5_000 ? 20_000 : 100_000);
}

/**
 * @param {string} kind of broker
 * @param {{ messages: number, window: number, rounds: number, counts?: number[], save?: string }} options
 */
export async function manyTopics(kind, { messages, window, rounds, counts = COUNTS, save }) {
  const broker = await startBroker(kind, { inMemory: true });
  const base = { bootstrap: broker.bootstrap, variant: 'publish', headers: 'all', window };
  const cells = [];
  try {
    for (const topics of counts) {
      console.log(`\n${kind}: nine headers, ${topics} topics, ${window} in flight`);
      await create(base, topics);
      const options = { ...base, topics, messages: messagesFor(topics, messages) };
      cells.push(...(await besideOneTopic(options, rounds)));
      // Each time: the last ones take the longest.
      await saveTo(save, { kind, cells, charts: chartsOf(cells) });
    }
    const paced = await atOneASecond(base, counts.at(-1));
    await saveTo(save, { kind, cells, paced, charts: chartsOf(cells) });
  } finally {
    await broker.stop();
  }
}

async function saveTo(file, result) {
  if (file !== undefined) await writeFile(file, JSON.stringify(result, null, 2));
}

/** A real broker takes a while for it; nothing of that is measured. */
async function create(base, topics) {
  const patience = { 'topic.metadata.propagation.max.ms': 300_000 };
  const producer = JSON.stringify({ messageTimeoutMs, properties: patience });
  await measure({ ...base, topics, messages: topics, producer });
}

async function besideOneTopic(options, rounds) {
  const { topics } = options;
  const names = Object.keys(VARIANTS).filter((name) => VARIANTS[name].from <= topics);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const { from: _from, ...given } = VARIANTS[name];
      const one = await measure({ ...options, topics: 1 });
      const many = await measure({ ...options, ...given });
      results[name].push({
        ...many,
        ratio: many.rate / one.rate,
        cpuRatio: many.cpuSecondsPerMillion / one.cpuSecondsPerMillion,
      });
    }
  }
  return names.map((name) => {
    const of = (key) => median(results[name].map((result) => result[key]));
    const cell = {
      name,
      topics,
      rate: of('rate'),
      ratio: of('ratio'),
      cpuRatio: of('cpuRatio'),
      cpu: of('cpuSecondsPerMillion'),
      rss: of('rssMiB'),
      clients: of('clients'),
      threads: of('threads'),
    };
    print(cell);
    return cell;
  });
}

function print({ name, rate, ratio, cpu, cpuRatio, rss, clients, threads }) {
  const columns = [
    `  ${name}`.padEnd(42),
    `${(rate / 1000).toFixed(1)} k msg/s`.padStart(14),
    `${ratio.toFixed(2)} of one topic`.padStart(20),
    `${cpu.toFixed(0)} CPU-s/M, ${cpuRatio.toFixed(1)} ×`.padStart(22),
    `RSS ${rss.toFixed(0)} MiB`.padStart(14),
    `${clients} clients, ${threads} threads`.padStart(24),
  ];
  console.log(columns.join(''));
}

/** As many messages a second as there are topics: what devices do. */
async function atOneASecond(base, topics) {
  const messages = topics * PACED_SECONDS;
  const result = await measure({ ...base, variant: 'paced', rate: topics, topics, messages });
  const { receiptP50Ms, receiptP99Ms, rssMiB, cpuSecondsPerMillion, clients } = result;
  console.log(
    `\n${topics} devices, one message a second each: receipt p50 ${receiptP50Ms.toFixed(0)} ms, p99 ${receiptP99Ms.toFixed(0)} ms, ` +
      `RSS ${rssMiB.toFixed(0)} MiB, ${cpuSecondsPerMillion.toFixed(0)} CPU-s/M, ${clients} clients`,
  );
  return { topics, receiptP50Ms, receiptP99Ms, rssMiB, cpuSecondsPerMillion, clients };
}

/** What bench/plot.mjs draws: rates, and what a second of processor time is good for, which says more on a busy machine. */
function chartsOf(cells) {
  const names = [...new Set(cells.map(({ name }) => name))];
  const chart = (label, value) => ({
    title: 'Publishing to many topics',
    x: { label: 'topics', scale: 'log' },
    y: { label: `${label}, as a share of that to one topic` },
    series: names.map((name) => ({
      name,
      points: cells.filter((cell) => cell.name === name).map((cell) => [cell.topics, value(cell)]),
    })),
  });
  return {
    rate: chart('messages a second', ({ ratio }) => ratio),
    cpu: chart('messages per second of processor time', ({ cpuRatio }) => 1 / cpuRatio),
  };
}
