// @ts-check
// npm run build: src → dist, one to one, plus the published JSON Schemas of the configuration.
import { build } from './lib/build.mjs';
import { readCommandLine } from './lib/command-line.mjs';

readCommandLine({
  command: 'npm run build',
  about: 'Compiles src to dist, with the published JSON Schema of the configuration.',
  options: {},
});
process.exitCode = (await build()) ? 0 : 1;
