import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createMemoryDisk, type MemoryDisk } from '../../../src/testing/memory-disk.js';
import {
  appendAll,
  countLost,
  laneOptions,
  live,
  NEVER,
  range,
  readAll,
  sequences,
  until,
} from './store-bench.js';

const FOLDER = '/store/app-1';
const LANE = `${FOLDER}/telemetry`;
const options = { lanes: [laneOptions({ maxBytes: 640 * 1024 })] };
const value = Buffer.alloc(300, 'x');
const GROUPS = 12;
const COUNT = GROUPS * 10;

/** A disk with groups of ten records in several segments. */
async function written(compress: boolean, clean: boolean): Promise<MemoryDisk> {
  const disk = createMemoryDisk();
  const life = await live(disk.boot(), FOLDER, { ...options, compress });
  for (let group = 0; group < GROUPS; group += 1) {
    appendAll(life, group * 10, group * 10 + 10, { value });
    await life.store.flush();
  }
  if (clean) await life.store.close(NEVER);
  else {
    await life.store.flush();
    await life.clock.advance(2_000);
    disk.crash();
  }
  return disk;
}

function segments(disk: MemoryDisk): string[] {
  return [...disk.files.keys()].filter((name) => name.endsWith('.seg')).toSorted();
}

/** Overwrites bytes of a file, as a failing disk does. */
async function overwrite(disk: MemoryDisk, file: string, at: number, bytes: Buffer): Promise<void> {
  const opened = await disk.boot().open(file, 'write');
  await opened.write(bytes, at);
  await opened.datasync();
  await opened.close();
}

describe('a damaged disk', () => {
  it('a damaged frame costs its records, counted; the rest is read, and the segment is kept aside', async () => {
    const disk = await written(false, true);
    const [first = ''] = segments(disk);
    // In the middle of the body of the second frame.
    const size = disk.files.get(first)?.length ?? 0;
    disk.damage({ file: first, sort: 'flip', at: 3_600 + 400 });
    expect(size).toBeGreaterThan(8_000);
    const life = await live(disk.boot(), FOLDER, options);
    const read = await readAll(life);
    expect(sequences(read)).toEqual([...range(0, 10), ...range(20, COUNT)]);
    expect(life.store.ledger()).toMatchObject([
      { cause: 'corrupt', lane: 'telemetry', kind: 'unknown', count: 10, atLeast: false },
    ]);
    for (const { position } of read) life.store.lane('telemetry').acknowledge(position);
    await life.store.close(NEVER);
    const names = await disk.boot().list(LANE);
    expect(names.map((name) => name.split('.').at(-1))).toEqual(['damaged']);
    expect(life.told.lost).toMatchObject([{ cause: 'corrupt', records: [] }]);
  });

  it('keeps two damaged segments at most', async () => {
    const disk = await written(false, true);
    const all = segments(disk);
    expect(all.length).toBeGreaterThan(2);
    for (const file of all) disk.damage({ file, sort: 'flip', at: 700 });
    const life = await live(disk.boot(), FOLDER, options);
    for (const { position } of await readAll(life)) life.store.lane('telemetry').acknowledge(position);
    await life.store.close(NEVER);
    expect((await disk.boot().list(LANE)).length).toBe(2);
  });

  it('counts what is missing once, also when the power fails before the rest is done', async () => {
    const disk = await written(false, true);
    disk.damage({ file: segments(disk)[0]!, sort: 'flip', at: 700 });
    const first = await live(disk.boot(), FOLDER, options);
    expect((await readAll(first)).length).toBe(COUNT - 10);
    await first.clock.advance(2_000);
    disk.crash();
    const next = await live(disk.boot(), FOLDER, options);
    expect((await readAll(next)).length).toBe(COUNT - 10);
    expect(countLost(next.store.ledger())).toBe(10);
    await next.store.close(NEVER);
  });

  it('a segment that is gone is counted, and so is one without its end', async () => {
    const disk = await written(false, true);
    const all = segments(disk);
    await disk.boot().remove(all[1]!);
    disk.damage({ file: all.at(-1)!, sort: 'truncate', at: 200 });
    const life = await live(disk.boot(), FOLDER, options);
    const read = await readAll(life);
    expect(read.length).toBeLessThan(COUNT - 10);
    expect(read.length + countLost(life.store.ledger(), 'corrupt')).toBe(COUNT);
    expect(life.store.lane('telemetry').backlog).toBe(0);
    await life.store.close(NEVER);
  });

  it('without its state it sends all again, as possible duplicates, under its old id', async () => {
    const disk = await written(false, true);
    await overwrite(disk, `${FOLDER}/store.state`, 0, Buffer.alloc(256 * 1024, 7));
    const life = await live(disk.boot(), FOLDER, options);
    const read = await readAll(life);
    expect(sequences(read)).toEqual(range(0, COUNT));
    expect(read.every(({ maybeDuplicate, former }) => maybeDuplicate && former)).toBe(true);
    expect(life.store.life).toBe(2);
    await until(() => life.told.all.some((told) => told.startsWith('warning The state')));
    await life.store.close(NEVER);
    const next = await live(disk.boot(), FOLDER, options);
    expect([next.store.id, next.store.life]).toEqual([life.store.id, 3]);
    await next.store.close(NEVER);
  });

  it('a segment of a later format is kept, counted only when it is removed, and read by a version that can', async () => {
    const disk = await written(false, true);
    const [file = ''] = segments(disk);
    const head = Buffer.from(disk.files.get(file)!.slice(0, 64));
    const later = Buffer.from(head);
    later.writeUInt8(9, 4);
    later.writeUInt32LE(crc32(later.subarray(0, 60)), 60);
    await overwrite(disk, file, 0, later);

    const first = await live(disk.boot(), FOLDER, options);
    const rest = await readAll(first);
    expect(rest.length).toBeLessThan(COUNT);
    for (const { position } of rest) first.store.lane('telemetry').acknowledge(position);
    await first.store.close(NEVER);
    expect(countLost(first.store.ledger())).toBe(0);
    expect(segments(disk)).toEqual([file]);

    const other = createMemoryDisk();
    for (const [name, bytes] of disk.files) await copyTo(other, name, bytes);
    await overwrite(other, file, 0, head);
    const able = await live(other.boot(), FOLDER, options);
    expect(sequences(await readAll(able))).toEqual(range(0, COUNT - rest.length));
    await able.store.close(NEVER);

    const tight = { lanes: [laneOptions({ maxBytes: 20 * 1024 })] };
    const second = await live(disk.boot(), FOLDER, tight);
    appendAll(second, 0, 40, { value });
    await second.store.flush();
    expect(countLost(second.store.ledger(), 'unknown_version')).toBe(COUNT - rest.length);
    expect(disk.files.has(file)).toBe(false);
    await second.store.close(NEVER);
  });

  it('a segment without a head is kept aside, and its records counted', async () => {
    const disk = await written(false, true);
    const [, second = ''] = segments(disk);
    await overwrite(disk, second, 0, Buffer.alloc(64));
    const life = await live(disk.boot(), FOLDER, options);
    const read = await readAll(life);
    expect(read.length + countLost(life.store.ledger(), 'corrupt')).toBe(COUNT);
    expect(read.length).toBeLessThan(COUNT);
    expect(disk.files.has(`${second}.damaged`)).toBe(true);
    await life.store.close(NEVER);
  });

  it('a file that was begun when the power failed is no loss, and is not kept', async () => {
    const disk = createMemoryDisk();
    const first = await live(disk.boot(), FOLDER, options);
    appendAll(first, 0, 10);
    await first.store.flush();
    disk.crash();
    // Its name is there, its bytes are not. Positions before it were given back to the caller.
    const at = `${LANE}/0000000000000025-1-9.seg`;
    await copyTo(disk, at, Buffer.alloc(0));
    const next = await live(disk.boot(), FOLDER, options);
    expect(sequences(await readAll(next))).toEqual(range(0, 10));
    expect(next.store.ledger()).toEqual([]);
    expect([...disk.files.keys()].filter((name) => name === at || name.includes('damaged'))).toEqual([]);
    await next.store.close(NEVER);
  });

  it('a frame that was cut off by the crash is no damage', async () => {
    const disk = createMemoryDisk();
    const first = await live(disk.boot(), FOLDER, options);
    appendAll(first, 0, 10);
    await first.store.flush();
    disk.crash();
    const [file = ''] = segments(disk);
    const size = disk.files.get(file)!.length;
    await overwrite(disk, file, size, Buffer.alloc(300, 9));
    const next = await live(disk.boot(), FOLDER, options);
    const read = await readAll(next);
    expect(sequences(read)).toEqual(range(0, 10));
    for (const { position } of read) next.store.lane('telemetry').acknowledge(position);
    await next.store.close(NEVER);
    expect(next.store.ledger()).toEqual([]);
    expect(await disk.boot().list(LANE)).toEqual([]);
  });

  it.each([
    ['has a sound one behind it is counted', 1, 10],
    ['is the last one looks as if the crash had cut it off, and is not', 2, 0],
  ])('a damaged frame that no state tells of yet and %s', async (_, group, counted) => {
    const disk = createMemoryDisk();
    const first = await live(disk.boot(), FOLDER);
    const sizes = [0];
    for (const each of range(0, 3)) {
      appendAll(first, each * 10, each * 10 + 10, { value });
      await first.store.flush();
      sizes.push(disk.files.get(segments(disk)[0] ?? '')?.length ?? 0);
    }
    disk.crash();
    disk.damage({ file: '.seg', sort: 'flip', at: (sizes[group] ?? 0) + 1_000 });
    const next = await live(disk.boot(), FOLDER);
    expect(sequences(await readAll(next))).toEqual(range(0, 30).filter((n) => Math.floor(n / 10) !== group));
    expect(countLost(next.store.ledger(), 'corrupt')).toBe(counted);
    await next.store.close(NEVER);
  });

  it('a payload that looks like frames is never taken for frames', async () => {
    const source = await written(false, true);
    const frames = Buffer.from(source.files.get(segments(source)[0]!)!);
    const disk = createMemoryDisk();
    const first = await live(disk.boot(), FOLDER, options);
    for (const group of range(0, 3)) {
      appendAll(first, group * 10, group * 10 + 10, { value: frames });
      await first.store.flush();
    }
    await first.store.close(NEVER);
    // The head of the first frame: what follows is looked for in its body.
    disk.damage({ file: segments(disk)[0]!, sort: 'flip', at: 70 });
    const next = await live(disk.boot(), FOLDER, options);
    const read = await readAll(next);
    expect(sequences(read)).toEqual(range(10, 30));
    expect(read.every((each) => each.value?.equals(frames) === true)).toBe(true);
    expect(countLost(next.store.ledger(), 'corrupt')).toBe(10);
    await next.store.close(NEVER);
  });

  it('names of files that nobody of ours gave are left alone', async () => {
    const disk = await written(false, true);
    for (const name of ['9007199254740991-1-1.seg', 'x.seg', '0000000000000000-1-1.seg.bak']) {
      await copyTo(disk, `${LANE}/${name}`, Buffer.from('nothing of ours'));
    }
    const life = await live(disk.boot(), FOLDER, options);
    expect(sequences(await readAll(life))).toEqual(range(0, COUNT));
    expect(life.store.ledger()).toEqual([]);
    await life.store.close(NEVER);
  });

  it.each([
    ['after a clean end', false, true],
    ['after a crash', false, false],
    ['deflated', true, true],
  ])('random damage never throws, and what is not read is on the books: %s', async (_, compress, clean) => {
    const damage = fc.record({
      seed: fc.nat(),
      sort: fc.constantFrom('flip' as const, 'zero' as const, 'truncate' as const),
      length: fc.integer({ min: 1, max: 2_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (all) => {
        const disk = await written(compress, clean);
        for (const each of all) disk.damage({ file: '.seg', ...each });
        const life = await live(disk.boot(), FOLDER, options);
        expect(life.store.working).toBe(true);
        const read = sequences(await readAll(life));
        expect(read).toEqual(read.toSorted((a, b) => a - b));
        expect(new Set(read).size).toBe(read.length);
        expect(read.length + countLost(life.store.ledger(), 'corrupt')).toBe(COUNT);
        expect(life.store.lane('telemetry').backlog).toBe(0);
        appendAll(life, 500, 505);
        await life.store.flush();
        expect(sequences(await readAll(life))).toEqual(range(500, 505));
        await life.store.close(NEVER);
      }),
      { numRuns: 60 },
    );
  });

  it('random damage to any file, the state too, never keeps it from opening', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), async (seeds) => {
        const disk = await written(false, true);
        for (const seed of seeds) disk.damage({ seed });
        const life = await live(disk.boot(), FOLDER, options);
        expect(life.store.working).toBe(true);
        await readAll(life);
        await life.store.close(NEVER);
      }),
      { numRuns: 60 },
    );
  });
});

async function copyTo(disk: MemoryDisk, name: string, bytes: Uint8Array): Promise<void> {
  const machine = disk.boot();
  await machine.makeFolder(name.slice(0, name.lastIndexOf('/')));
  const file = await machine.open(name, 'create');
  await file.write(bytes, 0);
  await file.datasync();
  await file.close();
  await machine.syncFolder(name.slice(0, name.lastIndexOf('/')));
}
