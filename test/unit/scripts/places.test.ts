import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemWith } from '../../../scripts/lib/places.mjs';

let folder = '';
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'northward-places-'));
  await writeFile(at('file'), 'kept');
  await mkdir(at('folder'));
  await symlink(at('nowhere'), at('dangling'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a place that can be used', () => {
  it.each([
    ['read', 'file'],
    ['write', 'file'],
    ['write', 'new'],
    ['write', 'folder/new'],
    ['write', 'dangling'],
    ['folder', 'folder'],
    ['folder', 'new/newer'],
    ['folder', 'folder/new'],
  ] as const)('to %s %s: nothing is said, and nothing is left', async (use, name) => {
    const before = await readdir(folder, { recursive: true });
    expect(problemWith(use, at(name))).toBeUndefined();
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    expect(await readFile(at('file'), 'utf8')).toBe('kept');
  });
});

describe('a place that cannot be used', () => {
  it.each([
    ['read', 'none', /^there is no file \S+none$/],
    ['read', 'folder', /folder is a folder; a file is needed$/],
    ['write', 'folder', /folder is a folder; a file is needed$/],
    ['write', 'none/new', /^there is no folder \S+none$/],
    ['read', 'file/none', /^there is no file \S+none$/],
    ['write', 'file/new', /^there is no folder \S+file$/],
    ['folder', 'file', /^a file is in the place of the folder \S+file, or of one above it$/],
    ['folder', 'file/new', /^a file is in the place of the folder \S+new, or of one above it$/],
  ] as const)('to %s %s', (use, name, problem) => {
    expect(problemWith(use, at(name))).toMatch(problem);
  });

  it.runIf(process.platform === 'linux')('in a file system that nobody may write to', () => {
    expect(problemWith('write', '/proc/new')).toBeDefined();
    expect(problemWith('folder', '/proc/new')).toBeDefined();
  });

  it('without a name', () => {
    expect(problemWith('write', '')).toBe('its name is missing');
  });
});
