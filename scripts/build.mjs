// @ts-check
// npm run build: src → dist, one to one, plus the published JSON Schema of the configuration.
import { build } from './lib/build.mjs';

process.exitCode = (await build()) ? 0 : 1;
