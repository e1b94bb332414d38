// @ts-check
/** Files and folders of a command line: whether they can be used is known at the start, not when an hour of work is to be written there. */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';

/** What becomes of it: a file is read, or written; a folder is made unless it is there, and written to. @typedef {'read' | 'write' | 'folder'} Use */

/**
 * Leaves nothing behind: a place is tried, and what was made for that is removed.
 * @param {Use} use
 * @param {string} place
 * @returns {string | undefined} Why it cannot be used
 */
export function problemWith(use, place) {
  if (place === '') return 'its name is missing';
  try {
    if (use === 'folder') tryFolder(place);
    else tryFile(use, place);
    return undefined;
  } catch (error) {
    return inWords(error, use, place);
  }
}

/** @param {'read' | 'write'} use @param {string} file */
function tryFile(use, file) {
  const isNew = use === 'write' && !existsSync(file);
  const handle = openSync(file, use === 'read' ? 'r' : 'a');
  try {
    // A folder can be opened to read, and fails only then.
    if (fstatSync(handle).isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  } finally {
    closeSync(handle);
    // Behind a link it is where the link leads.
    if (isNew) rmSync(realpathSync(file));
  }
}

/** @param {string} folder */
function tryFolder(folder) {
  let there = path.resolve(folder);
  while (!existsSync(there)) there = path.dirname(there);
  rmdirSync(mkdtempSync(path.join(there, 'northward-')));
}

/** @param {unknown} error @param {Use} use @param {string} place */
function inWords(error, use, place) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (use === 'folder' && code === 'ENOTDIR')
    return `a file is in the place of the folder ${place}, or of one above it`;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return use === 'read' ? `there is no file ${place}` : `there is no folder ${path.dirname(place)}`;
  if (code === 'EISDIR') return `${place} is a folder; a file is needed`;
  if (code === 'EACCES' || code === 'EPERM')
    return `no right to ${use === 'read' ? 'read' : 'write'} ${place}`;
  return message;
}
