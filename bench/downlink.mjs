// npm run bench:downlink: commands through for-await against the bare consume(500), alternating in one run, on
// real Kafka; the latency from produce to the loop; and what eight idle apps cost the host's file reads.
import { buildIfStale } from '../scripts/lib/build.mjs';
import { readCommandLine } from '../scripts/lib/command-line.mjs';
import { endForSetup } from '../scripts/lib/report.mjs';
import { startCluster } from '../scripts/kafka/cluster.mjs';
import { measure, median } from './measure.mjs';

const { values } = readCommandLine({
  command: 'npm run bench:downlink',
  about: 'Measures reading commands beside the bare consume(), on real Kafka, and what idle apps cost.',
  options: {
    messages: { type: 'string', value: 'N', default: '300000', help: 'commands of one measurement' },
    rounds: { type: 'string', value: 'N', default: '3', help: 'measurements of each variant' },
    bootstrap: { type: 'string', value: 'HOST:PORT', help: 'a Kafka that runs, instead of one of its own' },
  },
});
if (!(await buildIfStale())) process.exit(1);

const TOPIC = 'bench.commands';

const run = (variant, options) => measure({ variant, topic: TOPIC, ...options }, 'downlink-worker.mjs');

function print(name, results, ratios) {
  const of = (key) => median(results.map((result) => result[key]));
  const columns = [
    `  ${name}`.padEnd(14),
    `${(of('rate') / 1000).toFixed(1)} k msg/s`.padStart(16),
    `${of('cpuSecondsPerMillion').toFixed(1)} CPU-s/M`.padStart(14),
    `loop p99 ${of('loopP99Ms').toFixed(1)} ms`.padStart(18),
    `RSS ${of('rssMiB').toFixed(0)} MiB`.padStart(13),
    ratios === undefined
      ? ''
      : `ratio ${ratios.rate.toFixed(2)}, by CPU ${ratios.cpu.toFixed(2)}`.padStart(25),
  ];
  console.log(columns.join(''));
}

const cluster =
  values.bootstrap === undefined
    ? await startCluster({ autoCreateTopics: true }).catch(endForSetup)
    : undefined;
const bootstrap = values.bootstrap ?? cluster.bootstrapServers;
try {
  const base = { bootstrap, messages: values.messages };
  await run('fill', base);
  const results = { bare: [], commands: [], manual: [] };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const variant of Object.keys(results)) results[variant].push(await run(variant, base));
  }
  console.log(`kafka: ${values.messages} write points, envelope_json, 6 partitions`);
  for (const [variant, each] of Object.entries(results)) {
    const ratios = {
      rate: median(each.map(({ rate }, round) => rate / results.bare[round].rate)),
      cpu: median(
        each.map((own, round) => results.bare[round].cpuSecondsPerMillion / own.cpuSecondsPerMillion),
      ),
    };
    print(variant, each, variant === 'bare' ? undefined : ratios);
  }
  const { p50Ms, p99Ms, maxMs, count } = await run('latency', base);
  console.log(
    `idle, produce to loop: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, max ${maxMs.toFixed(1)} ms (${count})`,
  );
  for (const apps of [0, 1, 8]) {
    const read = await run('apps', { ...base, apps });
    console.log(
      `${apps} idle apps: fs.readFile p50 ${read.p50Ms.toFixed(2)} ms, p99 ${read.p99Ms.toFixed(2)} ms, CPU ${read.cpuPercent.toFixed(1)} %`,
    );
  }
} finally {
  await cluster?.stop();
}
