import { copyFile, mkdir, mkdtemp, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../scripts/store/random.mjs';
import { topicsOf, type Setting } from '../../../scripts/store/setting.mjs';
import { assemble } from '../../../src/assemble.js';
import { CommitTurns } from '../../../src/store/commit-scheduler.js';
import { NodeDisk } from '../../../src/store/node-disk.js';
import { DiskStore } from '../../../src/store/store.js';
import type { NorthwardConfig } from '../../../src/index.js';
import { FaultyConsumers } from '../../support/memory-consumer.js';
import { FaultyProducers } from '../../support/memory-producer.js';
import { handOver, problemsOfBooks, StoreHost } from '../../support/store-host.js';

const RECORDS = 2_000;
/** Bits that are flipped: as many copies of a store, each with some of them. */
const COPIES = 125;
const FLIPS_A_COPY = 8;
const TRUNCATIONS = 60;
/** Published at once, and synced together: a frame. */
const A_FRAME = 20;
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_126);

/** A Kafka in memory, and a real file system: what arrives is looked at thousands of times here. */
function inMemory(hold: boolean) {
  const producers = new FaultyProducers();
  producers.hold = hold;
  const consumers = new FaultyConsumers();
  const make = (config: NorthwardConfig) =>
    assemble(
      config,
      {},
      {
        producer: () => producers,
        consumer: () => consumers,
        store: (store, clock, listener) =>
          new DiskStore(store, new NodeDisk(), clock, new CommitTurns(), listener),
      },
    );
  return { producers, make };
}

interface File {
  readonly path: string;
  readonly size: number;
}

async function filesIn(folder: string): Promise<File[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => ({ path: file, size: (await stat(file)).size })));
}

async function flip(file: string, byte: number, bit: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const place = Buffer.alloc(1);
    await handle.read(place, 0, 1, byte);
    place[0] = (place[0] ?? 0) ^ (1 << bit);
    await handle.write(place, 0, 1, byte);
  } finally {
    await handle.close();
  }
}

describe('§10 damaged files', () => {
  let home: string;
  let whole: string;
  const taken = new Set<number>();
  const values = new Map<number, string>();
  let missing = 0;
  const settingOf = (folder: string): Setting => ({
    bootstrapServers: 'memory:9092',
    topics: topicsOf('damage'),
    folder,
    storeAfterMs: 0,
    // Small segments: many files.
    store: { maxBytes: 4 * 2 ** 20, commitIntervalMs: 1 },
  });

  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'northward-damage-'));
    whole = path.join(home, 'whole');
    const { make } = inMemory(true);
    const host = new StoreHost(settingOf(whole), make);
    await host.northward.start();
    for (let from = 0; from < RECORDS; from += A_FRAME) await host.publish(from, from + A_FRAME);
    await host.northward.stop({ timeoutMs: 1_000 });
    for (const n of host.taken) taken.add(n);
    expect(taken.size).toBe(RECORDS);
    for (const [n, value] of (await arrivedFrom(await copyOf('pristine'))).values) values.set(n, value);
    expect(values.size).toBe(RECORDS);
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
  });

  const copyOf = async (name: string): Promise<string> => {
    const copy = path.join(home, name);
    for (const { path: file } of await filesIn(whole)) {
      const target = path.join(copy, path.relative(whole, file));
      await mkdir(path.dirname(target), { recursive: true });
      await copyFile(file, target);
    }
    return copy;
  };
  const arrivedFrom = async (folder: string) => {
    const { producers, make } = inMemory(false);
    const losses = await handOver(settingOf(folder), make);
    const found = new Map<number, string>();
    for (const { value } of producers.handed) {
      const text = String(value);
      found.set(Number(/"n":(\d+)/.exec(text)?.[1]), text);
    }
    await rm(folder, { recursive: true, force: true });
    return { values: found, losses };
  };
  /** What came is what was published, and what did not come stands in the ledger. */
  const problemsAfter = async (folder: string, mayMiss: number): Promise<string[]> => {
    const { values: found, losses } = await arrivedFrom(folder);
    missing += RECORDS - found.size;
    if (RECORDS - found.size > mayMiss) return [`${RECORDS - found.size} are missing`];
    const changed = [...found]
      .filter(([n, text]) => values.get(n) !== text)
      .map(([n, text]) => `${n} became ${text}`);
    return [...changed, ...problemsOfBooks(taken, new Set(found.keys()), losses)];
  };

  it(`given ${COPIES * FLIPS_A_COPY} flipped bits at random places, then it starts, the rest arrives unchanged, and the ledger says what is missing`, async () => {
    const random = new Random(SEED);
    const problems: string[] = [];
    for (let copy = 0; copy < COPIES; copy += 1) {
      const folder = await copyOf(`flipped-${copy}`);
      const files = await filesIn(folder);
      const places: string[] = [];
      for (let n = 0; n < FLIPS_A_COPY; n += 1) {
        const file = files[random.between(0, files.length - 1)]!;
        const byte = random.between(0, file.size - 1);
        const bit = random.between(0, 7);
        places.push(`${path.relative(folder, file.path)} ${byte}.${bit}`);
        await flip(file.path, byte, bit);
      }
      for (const problem of await problemsAfter(folder, FLIPS_A_COPY * A_FRAME))
        problems.push(`${places.join(', ')}: ${problem}`);
    }
    expect(problems.slice(0, 5)).toEqual([]);
    expect(missing).toBeGreaterThan(0);
  });

  it('given files that end too early, then it starts, the rest arrives, and the ledger says what is missing', async () => {
    const random = new Random(SEED + 1);
    const problems: string[] = [];
    for (let copy = 0; copy < TRUNCATIONS; copy += 1) {
      const folder = await copyOf(`truncated-${copy}`);
      const files = await filesIn(folder);
      const file = files[random.between(0, files.length - 1)]!;
      const length = random.between(0, file.size - 1);
      await truncate(file.path, length);
      const place = `${path.relative(folder, file.path)} cut at ${length} of ${file.size}`;
      for (const problem of await problemsAfter(folder, RECORDS / 2)) problems.push(`${place}: ${problem}`);
    }
    expect(problems.slice(0, 5)).toEqual([]);
    expect(missing).toBeGreaterThan(0);
  });

  it.each(['no state', 'one file of the lane less', 'nothing but folders'])(
    'given %s, then it starts, and what is there arrives',
    async (what) => {
      const folder = await copyOf('removed');
      const files = await filesIn(folder);
      const segments = files.filter((file) => file.path.endsWith('.seg'));
      const states = files.filter((file) => !file.path.endsWith('.seg'));
      const gone =
        what === 'no state'
          ? states
          : what === 'nothing but folders'
            ? files
            : [segments[segments.length >> 1]!];
      for (const file of gone) await rm(file.path);
      const { values: found, losses } = await arrivedFrom(folder);
      if (what === 'no state') expect(found.size).toBe(RECORDS);
      else if (what === 'nothing but folders') expect(found.size).toBe(0);
      else expect(problemsOfBooks(taken, new Set(found.keys()), losses)).toEqual([]);
    },
  );
});
