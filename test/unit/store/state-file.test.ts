import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_SLOT_BYTES, StateFile } from '../../../src/store/state-file.js';
import { createMemoryDisk, type MemoryStoreDisk } from '../../../src/testing/memory-disk.js';

const FOLDER = '/store/app-1';
const AT = `${FOLDER}/state`;

async function newDisk(): Promise<MemoryStoreDisk> {
  const disk = createMemoryDisk();
  await disk.makeFolder(FOLDER);
  return disk;
}

async function stateOf(disk: MemoryStoreDisk): Promise<unknown> {
  const { state, file } = await StateFile.open(disk.boot(), AT);
  await file.close();
  return state;
}

describe('the state file', () => {
  it('given no file, then there is no state, and one is made', async () => {
    const disk = await newDisk();
    const { state, damaged, file } = await StateFile.open(disk, AT);
    expect({ state, damaged }).toEqual({ state: null, damaged: false });
    await file.close();
    expect(await stateOf(disk)).toBeNull();
  });

  it('given documents that were written, then the last one is there after each power cut', async () => {
    const disk = await newDisk();
    for (let life = 0; life < 5; life += 1) {
      const { file } = await StateFile.open(disk.boot(), AT);
      for (let n = 0; n < 3; n += 1) await file.write({ life, n, text: 'ü'.repeat(n) });
      disk.crash();
      expect(await stateOf(disk)).toEqual({ life, n: 2, text: 'üü' });
    }
  });

  it('given a power cut at any moment of a write, then the document or the one before it is there', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.nat(25),
        fc.integer({ min: 0, max: 300_000 }),
        async (seed, turns, size) => {
          const disk = await newDisk();
          const { file } = await StateFile.open(disk.boot(), AT);
          await file.write('first');
          await file.write('second');
          let told = false;
          void file.write('third'.padEnd(size)).then(() => (told = true));
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          disk.crash({ seed });
          const state = String(await stateOf(disk)).trim();
          expect(told ? ['third'] : ['second', 'third']).toContain(state);
          seen.add(state);
        },
      ),
    );
    expect(seen.size).toBe(2);
  });

  it('given a full disk, then it can be written all the same, and opened', async () => {
    const disk = await newDisk();
    const { file } = await StateFile.open(disk, AT);
    disk.full();
    for (let n = 0; n < 5; n += 1) await file.write({ n, text: 'x'.repeat(100_000) });
    disk.crash();
    expect(await stateOf(disk)).toMatchObject({ n: 4 });
  });

  it.each(['write', 'datasync'] as const)(
    'given a %s that fails, then the document before it counts, also when it fails again',
    async (call) => {
      const disk = await newDisk();
      const { file } = await StateFile.open(disk.boot(), AT);
      await file.write('good');
      disk.failNext(call, 'EIO', 2);
      await expect(file.write('lost')).rejects.toMatchObject({ code: 'EIO' });
      await expect(file.write('lost, too')).rejects.toMatchObject({ code: 'EIO' });
      await file.write('good again');
      disk.crash();
      expect(await stateOf(disk)).toBe('good again');
    },
  );

  it.each(['write', 'datasync'] as const)(
    'given every %s that fails from now on, and a power cut, then the document before it is there',
    async (call) => {
      const disk = await newDisk();
      const { file } = await StateFile.open(disk.boot(), AT);
      const good = 'good'.padEnd(50_000, '.');
      await file.write('older'.padEnd(50_000, '.'));
      await file.write(good);
      for (let n = 0; n < 3; n += 1) {
        disk.failNext(call, 'EIO');
        await expect(file.write('lost'.padEnd(50_000, '-'))).rejects.toMatchObject({ code: 'EIO' });
      }
      disk.crash({ seed: 1 });
      expect(await stateOf(disk)).toBe(good);
    },
  );

  it('given a document larger than a slot, then the file grows, and no cut on the way loses anything', async () => {
    for (let turns = 0; turns < 60; turns += 1) {
      const disk = await newDisk();
      const { file } = await StateFile.open(disk.boot(), AT);
      await file.write('small');
      const large = 'x'.repeat(300_000);
      let told = false;
      void file.write(large).then(() => (told = true));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      disk.crash({ seed: turns });
      const next = await StateFile.open(disk.boot(), AT);
      expect(told ? [large] : ['small', large]).toContain(next.state);
      await next.file.write(`${large}, again`);
      disk.crash();
      expect(await stateOf(disk)).toBe(`${large}, again`);
    }
  });

  it('given a file that has grown, then later documents, large and small, are there', async () => {
    const disk = await newDisk();
    const { file } = await StateFile.open(disk.boot(), AT);
    await file.write('x'.repeat(1_000_000));
    await file.write('small');
    disk.crash();
    const next = await StateFile.open(disk.boot(), AT);
    expect(next.state).toBe('small');
    await next.file.write('y'.repeat(900_000));
    disk.crash();
    expect(await stateOf(disk)).toBe('y'.repeat(900_000));
    expect([...disk.files.keys()]).toEqual([AT]);
  });

  it('given no room for growth, then that document is refused, the one before it counts, and smaller ones can be written', async () => {
    const disk = await newDisk();
    const { file } = await StateFile.open(disk.boot(), AT);
    await file.write('small');
    disk.full(100_000);
    await expect(file.write('x'.repeat(300_000))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect((await disk.facts(FOLDER)).freeBytes).toBeGreaterThan(90_000);
    await file.write('small again');
    disk.crash();
    expect(await stateOf(disk)).toBe('small again');
  });

  it('given a folder whose sync fails after growth, then no later document counts as written until it is synced', async () => {
    const disk = await newDisk();
    const { file } = await StateFile.open(disk.boot(), AT);
    await file.write('small');
    // The first sync is that of the larger file's first name, the second one of its last.
    disk.failNext('syncFolder', 'EIO', 3, 1);
    await expect(file.write('x'.repeat(300_000))).rejects.toMatchObject({ code: 'EIO' });
    await expect(file.write('small again')).rejects.toMatchObject({ code: 'EIO' });
    await expect(file.write('small again')).rejects.toMatchObject({ code: 'EIO' });
    await file.write('synced');
    disk.crash();
    expect(await stateOf(disk)).toBe('synced');
  });

  it('given a document beyond 4 MiB, then it is refused with EFBIG, and the file works on', async () => {
    const disk = await newDisk();
    const { file } = await StateFile.open(disk, AT);
    await expect(file.write('x'.repeat(LARGEST_SLOT_BYTES))).rejects.toMatchObject({ code: 'EFBIG' });
    await expect(file.write(undefined)).rejects.toThrow(TypeError);
    await expect(file.write({ n: 1n })).rejects.toThrow(TypeError);
    await file.write('x'.repeat(LARGEST_SLOT_BYTES - 100));
    expect(String(await stateOf(disk)).length).toBe(LARGEST_SLOT_BYTES - 100);
  });

  it('given calls at once, then they are written in order, each as it was at the call, and close() waits for them', async () => {
    const disk = await newDisk();
    const { file } = await StateFile.open(disk, AT);
    const value = { n: 0 };
    for (let n = 1; n <= 4; n += 1) {
      value.n = n;
      void file.write(value);
    }
    value.n = 99;
    await file.close();
    expect(await stateOf(disk)).toEqual({ n: 4 });
    await expect(file.write('late')).rejects.toMatchObject({ code: 'EBADF' });
    await file.close();
  });

  it('given damage at any place, then it opens, with one of the last two documents or none, and works on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), async (seeds) => {
        const disk = await newDisk();
        const { file } = await StateFile.open(disk.boot(), AT);
        for (const text of ['first', 'second', 'third']) await file.write(text);
        disk.crash();
        for (const seed of seeds) disk.damage({ seed, at: seed % (seed % 2 === 0 ? 64 : 300_000) });
        const opened = await StateFile.open(disk.boot(), AT);
        expect(['third', 'second', null]).toContain(opened.state);
        await opened.file.write('fourth');
        disk.crash();
        expect(await stateOf(disk)).toBe('fourth');
      }),
    );
  });

  it('given a file of anything, then it opens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (content) => {
        const disk = await newDisk();
        const raw = await disk.open(AT, 'create');
        await raw.write(content, 0);
        const { state, damaged, file } = await StateFile.open(disk, AT);
        expect(state).toBeNull();
        expect(damaged).toBe(content.some((byte) => byte !== 0));
        await file.write('good');
        expect(await stateOf(disk)).toBe('good');
      }),
    );
  });

  it('given a file of a later version of the library, then it is kept aside', async () => {
    const disk = await newDisk();
    const { file } = await StateFile.open(disk, AT);
    await file.write('from the future');
    await file.close();
    const raw = await disk.open(AT, 'write');
    const size = await raw.size();
    for (const slot of [0, size / 2]) await raw.write(Buffer.from([0x89, 0x4e, 0x4b, 0x53, 0, 2]), slot);
    await raw.close();
    const opened = await StateFile.open(disk, AT);
    expect(opened.state).toBeNull();
    await opened.file.write('of this version');
    expect(await stateOf(disk)).toBe('of this version');
    expect((await disk.list(FOLDER)).toSorted()).toEqual(['state', 'state.later-version']);
  });

  it('given a folder in its place, or none at all, then open() rejects with what the disk says', async () => {
    const disk = await newDisk();
    await disk.makeFolder(AT);
    await expect(StateFile.open(disk, AT)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(StateFile.open(disk, '/nowhere/state')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
