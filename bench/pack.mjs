// npm run bench -- --only pack: points a second with several events in one record (`payload.pack`), beside one event a record, in turn
// on the same broker. 50 devices, 5 points an event, `timeseries_rows`.
import { writeFile } from 'node:fs/promises';
import { measure, median } from './measure.mjs';
import { startBroker } from './start-broker.mjs';

const DEVICES = 50;
const POINTS = 5;
/** 1: an event has a record of its own. */
const SIZES = [1, 5, 20, 100];
const HEADERS = { all: 'nine headers', none: 'no headers' };
const WINDOW = 2_000;

/** So many in flight that the records of all devices can fill up, twice. */
function windowFor(maxEvents) {
  return Math.max(WINDOW, 2 * DEVICES * maxEvents);
}

/** @param {{ kinds: readonly string[], messages: number, rounds: number, save?: string }} options */
export async function packing({ kinds, messages, rounds, save }) {
  const cells = [];
  for (const kind of kinds) {
    const broker = await startBroker(kind);
    try {
      for (const headers of Object.keys(HEADERS)) {
        const base = { bootstrap: broker.bootstrap, variant: 'publish', messages, headers, devices: DEVICES };
        cells.push(...(await bySize(kind, base, rounds)));
      }
    } finally {
      await broker.stop();
    }
  }
  if (save !== undefined) await writeFile(save, JSON.stringify({ cells, charts: chartsOf(cells) }, null, 2));
}

/** Rounds of each size in turn; a ratio is the median of those of the rounds. */
async function bySize(kind, base, rounds) {
  console.log(`\n${kind}: ${HEADERS[base.headers]}, ${DEVICES} devices, ${POINTS} points an event`);
  const results = Object.fromEntries(SIZES.map((size) => [size, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const size of SIZES) {
      const pack = size === 1 ? null : { maxEvents: size };
      const payload = JSON.stringify({ mode: 'timeseries_rows', pack });
      results[size].push(await measure({ ...base, payload, window: windowFor(size) }));
    }
  }
  const [plain] = SIZES;
  return SIZES.map((size) => {
    const over = (key) => median(results[size].map((result, n) => result[key] / results[plain][n][key]));
    const cell = {
      kind,
      headers: base.headers,
      maxEvents: size,
      pointsPerSecond: POINTS * median(results[size].map(({ rate }) => rate)),
      ratio: over('rate'),
      cpuRatio: over('cpuSecondsPerMillion'),
      rss: median(results[size].map(({ rssMiB }) => rssMiB)),
    };
    print(cell);
    return cell;
  });
}

function print({ maxEvents, pointsPerSecond, ratio, cpuRatio, rss }) {
  const columns = [
    `  ${maxEvents === 1 ? 'one event a record' : `maxEvents ${maxEvents}`}`.padEnd(24),
    `${(pointsPerSecond / 1000).toFixed(0)} k points/s`.padStart(18),
    `${ratio.toFixed(2)} ×`.padStart(10),
    `CPU a point ${cpuRatio.toFixed(2)}`.padStart(20),
    `RSS ${rss.toFixed(0)} MiB`.padStart(14),
  ];
  console.log(columns.join(''));
}

/** What bench/plot.mjs draws: `points`, and `cpu` for what a second of processor time is good for. */
function chartsOf(cells) {
  const series = [...new Set(cells.map(({ kind, headers }) => `${kind}, ${HEADERS[headers]}`))];
  const chart = (label, value) => ({
    title: 'Several events in one record',
    x: { label: 'maxEvents', scale: 'log' },
    y: { label },
    series: series.map((name) => ({
      name,
      points: cells
        .filter(({ kind, headers }) => `${kind}, ${HEADERS[headers]}` === name)
        .map((cell) => [cell.maxEvents, value(cell)]),
    })),
  });
  return {
    points: chart('points a second', ({ pointsPerSecond }) => Math.round(pointsPerSecond)),
    cpu: chart(
      'points per second of processor time, beside one event a record',
      ({ cpuRatio }) => 1 / cpuRatio,
    ),
  };
}
