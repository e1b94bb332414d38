// @ts-check
/** A run that `--out` wrote, to be judged and drawn again. */
import { readFile } from 'node:fs/promises';

/** What a judge and a picture need of it. */
const PARTS = /** @type {const} */ ([
  'plan',
  'marks',
  'samples',
  'live',
  'counts',
  'inKafka',
  'executed',
  'stop',
  'troubles',
]);

/**
 * @param {string} file
 * @returns {Promise<import('./run.mjs').SoakResult>}
 * @throws {Error} In words, where it is no such file
 */
export async function readSaved(file) {
  const saved = parse(await readFile(file, 'utf8'), file);
  const missing = PARTS.filter((part) => !Object.hasOwn(saved, part));
  if (missing.length > 0)
    throw new Error(
      `${file} was not written by --out, or by another version: it has no ${missing.join(', ')}`,
    );
  // JSON has no Infinity: the store did not become empty.
  saved.marks.replayed ??= Infinity;
  return saved;
}

/** @param {string} text @param {string} file */
function parse(text, file) {
  try {
    return Object(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
