// @ts-check
/** The library, broken on purpose: whoever judges must find it. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleLibrary } from '../lib/build.mjs';
import { projectRoot } from '../lib/project.mjs';

/**
 * @typedef {object} Fault One text of one file of src, and what stands there instead
 * @property {string} file
 * @property {string} text
 * @property {string} instead
 */

/** @type {Readonly<Record<'acknowledged-before-sync' | 'command-skipped', Fault>>} */
export const FAULTS = {
  // Told as stored when it is taken in: it waits for its write yet.
  'acknowledged-before-sync': {
    file: 'uplink/forward/stored-messages.ts',
    text: `if (this.#unsynced !== null) return;
    this.#unsynced = pending;
    this.#unsyncedSince = this.#clock.monotonic();`,
    instead: `if (this.#unsynced === null) {
      this.#unsynced = pending;
      this.#unsyncedSince = this.#clock.monotonic();
    }
    const { caller } = pending;
    if (caller === NOBODY || !pending.untilStored) return;
    pending.caller = NOBODY;
    caller.delivered(pending, { status: 'stored', id: this.#idOf(pending), lane: this.#name });`,
  },
  // Finished, and nobody got it.
  'command-skipped': {
    file: 'downlink/handover/intake.ts',
    text: 'this.#dispatcher.arrive(new Delivery(record, decoded, partition, id, takenAt));',
    instead: `if (record.offset % 20 === 7) {
      partition.tracker.done(record.offset);
      this.#committer.settled();
    } else this.#dispatcher.arrive(new Delivery(record, decoded, partition, id, takenAt));`,
  },
};

/**
 * Makes a build with that fault, or without any.
 * @param {keyof typeof FAULTS | null} name
 * @returns {Promise<{ library: string, remove: () => Promise<void> }>} `library`: what to import
 */
export async function brokenBuild(name) {
  const edited = name === null ? {} : await editedFile(FAULTS[name]);
  const parent = path.join(projectRoot, '.tmp');
  await mkdir(parent, { recursive: true });
  // Within the project, so that its dependencies are found.
  const folder = await mkdtemp(path.join(parent, 'broken-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await bundleLibrary(folder, edited);
  } catch (error) {
    await remove();
    throw error;
  }
  return { library: pathToFileURL(path.join(folder, 'index.js')).href, remove };
}

/** @param {Fault} fault */
async function editedFile({ file, text, instead }) {
  const source = await readFile(path.join(projectRoot, 'src', file), 'utf8');
  const found = source.split(text).length - 1;
  // Then the library would be whole, and a test of whoever judges would show nothing.
  if (found !== 1) throw new Error(`src/${file} has this ${found} times, not once: ${text}`);
  return { [file]: source.replace(text, () => instead) };
}
