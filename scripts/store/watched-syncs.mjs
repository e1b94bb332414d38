// @ts-check
// Imported before the library: from then on each sync of this process is told when it begins and when it ends. How long a
// disk takes is no fault of the store's; only a measurement tells the two apart.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { nowUs } from './journal.mjs';

/** @type {(line: string) => void} */
let tell = () => undefined;

/** @param {(line: string) => void} teller Called at once: the process may be killed while it syncs */
export function tellOfSyncs(teller) {
  tell = teller;
}

for (const name of /** @type {const} */ (['fsync', 'fdatasync'])) {
  const real = fs[name];
  /** @type {(fd: number, done: fs.NoParamCallback) => void} */
  const watched = (fd, done) => {
    tell(`y ${nowUs()}`);
    real(fd, (error) => {
      tell(`z ${nowUs()}`);
      done(error);
    });
  };
  Object.assign(fs, { [name]: watched });
}
syncBuiltinESMExports();
