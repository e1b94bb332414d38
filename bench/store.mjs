// npm run bench -- --only store: what `uplink.store` costs, in one run. Variants take turns, every second round the other way
// round; a ratio is that of one round to the memory-only measurement of the same round.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { writeFromSource } from '../scripts/lib/bundle.mjs';
import { projectRoot } from '../scripts/lib/project.mjs';
import { mustRun } from '../scripts/lib/run.mjs';
import { Ext4, whyNoMounts } from '../scripts/store/mounts.mjs';
import { preloadLibrary } from '../scripts/store/native.mjs';
import { measure, median, spread } from './measure.mjs';
import { startBroker } from './start-broker.mjs';

const MEMORY = 'memory only';
/** Name → `uplink.store` without its path; `null`: none. */
const VARIANTS = {
  [MEMORY]: null,
  'storeAfterMs 1000': {},
  'storeAfterMs 0': { storeAfterMs: 0 },
  'the same, commitIntervalMs 1': { storeAfterMs: 0, commitIntervalMs: 1 },
};
const WINDOWS = [2_000, 8_000];
const PACE = 20_000;
/** On their way at once: less than half of `uplink.queue`, so that none goes to disk for that. */
const MOST_PACED = 9_000;
/** Of one paced measurement. */
const PACED_MESSAGES = 100_000;
const ENGINE_RECORDS = 500_000;
/** A hundred records a commit. */
const COMMITTED_RECORDS = 20_000;
const SYNC_MS = 200;
const ENGINE = 'store-engine.mjs';
const HOST = 'store-host.mjs';
const MODULES = {
  store: 'store/store.ts',
  'node-disk': 'store/node-disk.ts',
  'commit-scheduler': 'store/commit-scheduler.ts',
  clock: 'core/clock.ts',
  'outgoing-record': 'record/outgoing-record.ts',
};

/** @param {{ kind: string, rounds: number, messages: string }} options `kind` of the broker */
export async function benchStore({ kind, rounds, messages }) {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'northward-bench-'));
  const broker = await startBroker(kind);
  const bench = new StoreBench(scratch, broker.bootstrap, rounds);
  try {
    console.log(`${kind} broker, ${rounds} rounds; a median, then (lowest..highest)`);
    const rates = [];
    for (const window of WINDOWS) rates.push(await bench.fullSpeed(window, messages));
    await bench.paced();
    await bench.engine(rates[0]);
    await bench.host();
  } finally {
    await broker.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

class StoreBench {
  #scratch;
  #bootstrap;
  #rounds;
  #folders = 0;

  constructor(scratch, bootstrap, rounds) {
    this.#scratch = scratch;
    this.#bootstrap = bootstrap;
    this.#rounds = rounds;
  }

  /** @returns the median rate of the memory-only measurements */
  async fullSpeed(window, messages) {
    const results = await this.#inTurn({ variant: 'publish', window, messages }, VARIANTS);
    console.log(`\nas fast as it goes: nine headers, one topic, ${window} in flight, ${messages} messages`);
    for (const [name, own] of Object.entries(results)) {
      this.#print(name, [
        ['rate', ratios(own, results[MEMORY], 'rate'), `${thousands(own, 'rate')} k msg/s`],
        ...this.#costs(name, own, results),
      ]);
    }
    return median(results[MEMORY].map(({ rate }) => rate));
  }

  /** Far below the limit, as gateways run. */
  async paced() {
    const given = { variant: 'paced', rate: PACE, window: MOST_PACED, messages: PACED_MESSAGES };
    const results = await this.#inTurn(given, VARIANTS);
    console.log(`\n${PACE} messages a second: nine headers, one topic`);
    for (const [name, own] of Object.entries(results)) {
      const more = own.map(({ loopP99Ms }, round) => loopP99Ms - results[MEMORY][round].loopP99Ms);
      this.#print(name, [
        ['loop p99, more, ms', spread(more, 1), `${of(own, 'loopP99Ms').toFixed(1)} ms`],
        ...this.#costs(name, own, results),
      ]);
    }
  }

  /** What both have in common. */
  #costs(name, own, results) {
    const memory = results[MEMORY];
    const more = own.map(({ rssMiB }, round) => rssMiB - memory[round].rssMiB);
    const lines = [
      [
        'CPU per message',
        ratios(own, memory, 'cpuSecondsPerMillion'),
        `${of(own, 'cpuSecondsPerMillion').toFixed(2)} CPU-s per million`,
      ],
      ['RSS, more, MiB', spread(more, 0), `${of(own, 'rssMiB').toFixed(0)} MiB`],
    ];
    if (name === MEMORY) return lines;
    const written = `${of(own, 'storeBytes')} bytes by the store, ${of(own, 'commits')} commits`;
    return [...lines, ['bytes written', `${of(own, 'deviceBytes')}`, written]];
  }

  /** The store alone. @param publishRate messages a second, of the library without a store */
  async engine(publishRate) {
    const parent = path.join(projectRoot, '.tmp');
    await mkdir(parent, { recursive: true });
    const modules = await mkdtemp(path.join(parent, 'bench-'));
    try {
      await writeFromSource(MODULES, modules);
      console.log('\nthe store alone: records of 600 bytes, 200 routes with nine headers');
      const append = await this.#engineRounds({ variant: 'append', modules, records: ENGINE_RECORDS });
      this.#printRate('append and commit', append);
      const read = await this.#engineRounds({ variant: 'read', modules, records: ENGINE_RECORDS });
      this.#printRate('read and decode', read);
      const times = read.map(({ rate }) => rate / publishRate);
      const opening = `opened in ${of(read, 'openMs').toFixed(0)} ms with ${ENGINE_RECORDS} records`;
      this.#print('', [['times the rate of publishing', spread(times, 1), opening]]);
      await this.#commits(modules);
    } finally {
      await rm(modules, { recursive: true, force: true });
    }
  }

  /** What reaches the device, journal included: on a file system of its own, so that nobody else writes there. */
  async #commits(modules) {
    const given = { variant: 'commits', modules, records: COMMITTED_RECORDS };
    const why = await whyNoMounts();
    const ext4 = why === undefined ? await Ext4.make() : null;
    try {
      const device = ext4 === null ? undefined : await loopDevice(ext4.folder);
      const results = await this.#engineRounds({ ...given, device }, ext4?.folder);
      const ratio = (key) =>
        spread(
          results.map((result) => result[key]),
          2,
        );
      this.#print('bytes written for each byte of payload, 100 records a commit', [
        ['by the store', ratio('storeRatio'), ''],
        ['by the process', ratio('processRatio'), 'as the kernel counts'],
        ext4 === null
          ? ['by the device', 'not measured', why]
          : ['by the device', ratio('deviceRatio'), 'ext4 with its journal, on a loop device'],
      ]);
    } finally {
      await ext4?.remove();
    }
  }

  /** What is left of libuv's pool on a disk whose syncs are slow. */
  async host() {
    console.log(`\nfs.stat of the host beside eight apps, a sync takes ${SYNC_MS} ms`);
    let library;
    try {
      library = await preloadLibrary(this.#scratch, 'slow-sync');
    } catch (error) {
      console.log(`  not measured: ${error.message}`);
      return;
    }
    const env = { LD_PRELOAD: library, NORTHWARD_SYNC_MS: String(SYNC_MS) };
    const variants = { [MEMORY]: null, 'storeAfterMs 0': { storeAfterMs: 0 } };
    const results = await this.#inTurn({ variant: 'host' }, variants, HOST, env);
    for (const [name, own] of Object.entries(results)) {
      const times = (key) =>
        spread(
          own.map((result) => result[key]),
          2,
        );
      const commits = `${of(own, 'commits')} commits, ${of(own, 'delivered')} of ${of(own, 'published')} delivered`;
      this.#print(name, [
        ['p50, ms', times('p50Ms'), ''],
        ['p99, ms', times('p99Ms'), commits],
        ['slowest, ms', times('maxMs'), ''],
      ]);
    }
  }

  async #inTurn(given, variants, worker, env) {
    const names = Object.keys(variants);
    const results = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < this.#rounds; round += 1) {
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        results[name].push(await this.#measure(given, variants[name], worker, env));
      }
    }
    return results;
  }

  async #measure(given, store, worker, env) {
    const folder = this.#newFolder();
    const json = store === null ? undefined : JSON.stringify({ path: folder, ...store });
    try {
      return await measure({ bootstrap: this.#bootstrap, ...given, store: json }, worker, env);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #engineRounds(given, parent = this.#scratch) {
    const results = [];
    for (let round = 0; round < this.#rounds; round += 1) {
      const folder = this.#newFolder(parent);
      results.push(await measure({ ...given, folder }, ENGINE));
      await rm(folder, { recursive: true, force: true });
    }
    return results;
  }

  #newFolder(parent = this.#scratch) {
    this.#folders += 1;
    return path.join(parent, `store-${this.#folders}`);
  }

  #printRate(name, results) {
    const rates = results.map(({ rate }) => rate / 1000);
    const cpu = `${of(results, 'cpuSecondsPerMillion').toFixed(2)} CPU-s per million`;
    this.#print(name, [['k records a second', spread(rates, 0), cpu]]);
  }

  #print(title, lines) {
    if (title !== '') console.log(`  ${title}`);
    for (const [what, numbers, more] of lines) {
      console.log(`    ${what.padEnd(30)}${numbers.padEnd(26)}${more}`.trimEnd());
    }
  }
}

function of(results, key) {
  return median(results.map((result) => result[key]));
}

function thousands(results, key) {
  return (of(results, key) / 1000).toFixed(1);
}

function ratios(own, base, key) {
  return spread(
    own.map((result, round) => result[key] / base[round][key]),
    3,
  );
}

/** @returns its name in /sys/class/block */
async function loopDevice(folder) {
  const source = await mustRun('no device', 'findmnt', ['-n', '-o', 'SOURCE', folder]);
  const name = path.basename(source.trim());
  return (await readdir('/sys/class/block')).includes(name) ? name : undefined;
}
