// @ts-check
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Removes the declarations that nobody outside can reach: four of five.
 * @param {string} folder Where the compiler put them; nothing else is there yet
 * @param {readonly string[]} entries
 */
export async function removeInnerTypes(folder, entries) {
  const needed = new Set(entries.map((entry) => path.join(folder, entry)));
  // A set is walked to its end, with what is added on the way.
  for (const file of needed) for (const next of await importsOf(file)) needed.add(next);
  const there = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of there) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !needed.has(file)) await rm(file);
  }
  await removeEmptyFolders(folder);
}

/** @param {string} file */
async function importsOf(file) {
  const text = await readFile(file, 'utf8');
  const found = text.matchAll(/\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g);
  return [...found].map(([, to = '']) => path.join(path.dirname(file), `${to}.d.ts`));
}

/**
 * @param {string} folder
 * @returns {Promise<boolean>} whether it was one itself
 */
async function removeEmptyFolders(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const kept = await Promise.all(
    entries.map(
      async (entry) => !entry.isDirectory() || !(await removeEmptyFolders(path.join(folder, entry.name))),
    ),
  );
  if (kept.includes(true)) return false;
  await rm(folder, { recursive: true });
  return true;
}
