// @ts-check
// npm run cli -- COMMAND …: the command line of the package (src/cli), from a clone; built where it is not up to date.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './lib/build.mjs';
import { projectRoot } from './lib/project.mjs';

// Standard output is the command's.
const { log } = console;
console.log = console.error;
const built = await buildIfStale();
console.log = log;
if (!built) process.exit(1);
await import(pathToFileURL(path.join(projectRoot, 'dist/cli/bin.js')).href);
