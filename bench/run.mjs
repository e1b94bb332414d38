// npm run bench: our publish against the bare client, alternating in one run, on both kinds of broker; then
// with a store, and the downlink.
import { buildIfStale } from '../scripts/lib/build.mjs';
import { isAddress, readCommandLine } from '../scripts/lib/command-line.mjs';
import { AGAINST_ONLY, compareBuilds } from './against.mjs';
import { WrongFolder, refuseOtherFolders } from './library.mjs';
import { measure, median } from './measure.mjs';
import { startBroker } from './start-broker.mjs';
import { benchStore } from './store.mjs';
import { packing } from './pack.mjs';
import { manyTopics } from './topics.mjs';

const { values, refuse } = readCommandLine({
  command: 'npm run bench',
  about:
    'Measures publishing and reading commands beside the bare native client, each in a process of its own, in turn.\n' +
    'With --against it compares two builds of this library instead: the present one and that of another folder.',
  options: {
    broker: {
      type: 'string',
      multiple: true,
      value: 'embedded|kafka|HOST:PORT',
      help: 'what to measure against (default: embedded and kafka; with --against: embedded)',
    },
    messages: { type: 'string', value: 'N', default: '300000', help: 'messages of one measurement' },
    window: { type: 'string', value: 'N', default: '2000', help: 'messages in flight' },
    rounds: { type: 'string', value: 'N', default: '3', help: 'measurements of each variant' },
    only: {
      type: 'string',
      help: `headers, topics, pack or store; with --against: ${AGAINST_ONLY.join(', ')}`,
    },
    topics: { type: 'string', value: 'N,N', help: 'with --only topics: how many (default: 1,100,1000,5000)' },
    save: {
      type: 'string',
      value: 'FILE',
      place: 'write',
      help: 'with --only topics or pack: the results as JSON, for bench/plot.mjs',
    },
    long: { type: 'boolean', default: false, help: 'five million messages, with the memory every 500,000' },
    against: { type: 'string', value: 'FOLDER', help: 'the dist folder of the other build' },
    pairs: { type: 'string', value: 'N', default: '7', help: 'with --against: measurements of each build' },
  },
});
const choices = values.against === undefined ? ['headers', 'topics', 'pack', 'store'] : AGAINST_ONLY;
if (values.only !== undefined && !choices.includes(values.only)) {
  refuse(`--only takes ${choices.join(', ')}; found "${values.only}"`);
}
for (const kind of values.broker ?? []) {
  if (!['embedded', 'kafka'].includes(kind) && !isAddress(kind)) {
    refuse(`--broker takes embedded, kafka or HOST:PORT; found "${kind}"`);
  }
}
if (values.against !== undefined) await refuseOtherFolders(values.against).catch(refuseFolder);
if (!(await buildIfStale())) process.exit(1);

function refuseFolder(error) {
  if (!(error instanceof WrongFolder)) throw error;
  refuse(`--against: ${error.message}`);
}

function summary(results) {
  const of = (key) => median(results.map((result) => result[key]));
  return { rate: of('rate'), cpu: of('cpuSecondsPerMillion'), p99: of('loopP99Ms'), rss: of('rssMiB') };
}

function print(name, s, ratio) {
  const columns = [
    name.padEnd(34),
    `${(s.rate / 1000).toFixed(1)} k msg/s`.padStart(14),
    `${s.cpu.toFixed(1)} CPU-s/M`.padStart(14),
    `loop p99 ${s.p99.toFixed(1)} ms`.padStart(17),
    `RSS ${s.rss.toFixed(0)} MiB`.padStart(13),
    ratio === undefined ? '' : `ratio ${ratio}`.padStart(12),
  ];
  console.log(columns.join(''));
}

/** What a user would write instead of `publish`. */
const INSTEAD = { 'by-hand': 'by hand', kafkajs: 'the KafkaJS layer' };

/** Rounds of each variant in turn; the ratio is the median of the ratios of the rounds. */
async function compare(title, variants, options) {
  console.log(`\n${title}`);
  const results = Object.fromEntries(variants.map((variant) => [variant, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const variant of variants) results[variant].push(await measure({ ...options, variant }));
  }
  const ratio = (one, other) =>
    median(results[one].map(({ rate }, round) => rate / results[other][round].rate)).toFixed(2);
  for (const variant of variants) {
    const beside = variant === 'bare' ? undefined : ratio(variant, 'bare');
    print(`  ${INSTEAD[variant] ?? variant}`, summary(results[variant]), beside);
  }
  for (const [variant, name] of Object.entries(INSTEAD)) {
    for (const ours of ['publish', 'batch'])
      console.log(`  ${ours} / ${name}`.padEnd(34) + ratio(ours, variant).padStart(14));
  }
}

async function besideBareClient(kind) {
  const broker = await startBroker(kind);
  try {
    const base = { bootstrap: broker.bootstrap, messages: values.messages, window: values.window };
    if (values.long) {
      console.log(`\n${kind}: 5 million messages, nine headers`);
      print(
        '  publish',
        summary([await measure({ ...base, variant: 'publish', messages: 5_000_000, progress: 500_000 })]),
      );
      return;
    }
    const all = ['bare', 'publish', 'batch', ...Object.keys(INSTEAD)];
    await compare(`${kind}: nine headers, one topic, ${values.window} in flight`, all, {
      ...base,
      headers: 'all',
    });
    await compare(`${kind}: no headers, one topic, ${values.window} in flight`, all, {
      ...base,
      headers: 'none',
    });
  } finally {
    await broker.stop();
  }
}

async function topicsOf(kind) {
  const { messages, window, rounds, save } = values;
  const counts = values.topics?.split(',').map(Number);
  if (counts?.every((count) => count >= 1) === false)
    refuse(`--topics takes numbers; found "${values.topics}"`);
  const options = { messages: Number(messages), window: Number(window), rounds: Number(rounds) };
  await manyTopics(kind, { ...options, counts, save });
}

async function besideOtherBuild() {
  const { against, messages, window, only, broker = ['embedded'], pairs } = values;
  for (const kind of broker) {
    await compareBuilds({ against, messages, window, only, broker: kind, pairs: Number(pairs) });
  }
}

async function withStore() {
  const { broker = ['embedded'], rounds, messages } = values;
  for (const kind of broker) await benchStore({ kind, rounds: Number(rounds), messages });
}

async function packed() {
  const { broker = ['embedded'], messages, rounds, save } = values;
  await packing({ kinds: broker, messages: Number(messages), rounds: Number(rounds), save });
}

if (values.against !== undefined) await besideOtherBuild().catch(refuseFolder);
else if (values.only === 'pack') await packed();
else if (values.only === 'store') await withStore();
else {
  for (const kind of values.broker ?? ['embedded', 'kafka']) {
    if (values.only !== 'topics') await besideBareClient(kind);
    if (values.only !== 'headers' && !values.long) await topicsOf(kind);
  }
  // Without options: the store and the downlink as well (npm run bench:downlink for it alone).
  if (process.argv.length === 2) {
    await withStore();
    await import('./downlink.mjs');
  }
}
