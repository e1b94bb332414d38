// npm run bench: our publish against the bare client, alternating in one run, on both kinds of broker; then the
// downlink.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { here, measure, median } from './measure.mjs';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '300000' },
    rounds: { type: 'string', default: '3' },
    window: { type: 'string', default: '2000' },
    broker: { type: 'string', multiple: true, default: ['embedded', 'kafka'] },
    only: { type: 'string' },
    long: { type: 'boolean', default: false },
  },
});

async function startBroker(kind) {
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

/** Rounds of each variant in turn; the ratio is the median of the ratios of the rounds. */
async function compare(title, variants, options) {
  console.log(`\n${title}`);
  const results = Object.fromEntries(variants.map((variant) => [variant, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const variant of variants) results[variant].push(await measure({ ...options, variant }));
  }
  const bare = results.bare;
  for (const variant of variants) {
    const ratios = results[variant].map((result, round) => result.rate / bare[round].rate);
    print(
      `  ${variant}`,
      summary(results[variant]),
      variant === 'bare' ? undefined : median(ratios).toFixed(2),
    );
  }
}

for (const kind of values.broker) {
  const broker = await startBroker(kind);
  try {
    const base = { bootstrap: broker.bootstrap, messages: values.messages, window: values.window };
    if (values.long) {
      console.log(`\n${kind}: 5 million messages, nine headers`);
      print(
        '  publish',
        summary([await measure({ ...base, variant: 'publish', messages: 5_000_000, progress: 500_000 })]),
      );
      continue;
    }
    const all = ['bare', 'publish', 'batch'];
    if (values.only !== 'topics') {
      await compare(`${kind}: nine headers, one topic, ${values.window} in flight`, all, {
        ...base,
        headers: 'all',
      });
      await compare(`${kind}: no headers, one topic, ${values.window} in flight`, all, {
        ...base,
        headers: 'none',
      });
    }
    if (values.only !== 'headers') {
      // A real broker takes minutes to create 5,000 topics: that many on the embedded one only.
      for (const topics of kind === 'embedded' ? [100, 1_000, 5_000] : [100, 1_000]) {
        const messages = topics === 5_000 ? 40_000 : 100_000;
        await compare(`${kind}: nine headers, ${topics} topics`, ['bare', 'publish'], {
          ...base,
          headers: 'all',
          topics,
          messages,
        });
      }
    }
  } finally {
    await broker.stop();
  }
}

// Without options: the downlink as well (npm run bench:downlink for it alone).
if (process.argv.length === 2) await import('./downlink.mjs');
