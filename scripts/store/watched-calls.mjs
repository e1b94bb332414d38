// @ts-check
// Imported before the library: from then on each file call of this process is told when it begins and when it ends. How long
// a disk takes, and a machine to come to it, is no fault of the store's; only a measurement tells the two apart.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { nowUs } from './journal.mjs';

/** @type {(line: string) => void} */
let tell = () => undefined;

/** @param {(line: string) => void} teller Called at once: the process may be killed within the call */
export function tellOfCalls(teller) {
  tell = teller;
}

for (const name of /** @type {const} */ ([
  'open',
  'read',
  'write',
  'ftruncate',
  'fstat',
  'close',
  'fsync',
  'fdatasync',
])) {
  const real = /** @type {(...all: unknown[]) => void} */ (/** @type {unknown} */ (fs[name]));
  const watched = (/** @type {unknown[]} */ ...all) => {
    const done = /** @type {(...results: unknown[]) => void} */ (all.pop());
    tell(`y ${nowUs()} ${name}`);
    real(...all, (/** @type {unknown[]} */ ...results) => {
      tell(`z ${nowUs()}`);
      done(...results);
    });
  };
  // `promisify()` finds there which results there are.
  Object.defineProperties(watched, Object.getOwnPropertyDescriptors(real));
  Object.assign(fs, { [name]: watched });
}
for (const name of /** @type {const} */ (['mkdir', 'readdir', 'rename', 'stat', 'statfs', 'unlink'])) {
  const real = /** @type {(...all: unknown[]) => Promise<unknown>} */ (
    /** @type {unknown} */ (fs.promises[name])
  );
  const watched = (/** @type {unknown[]} */ ...all) => {
    tell(`y ${nowUs()} ${name}`);
    return real(...all).finally(() => tell(`z ${nowUs()}`));
  };
  Object.assign(fs.promises, { [name]: watched });
}
syncBuiltinESMExports();
