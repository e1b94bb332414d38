// @ts-check
// npm run setup [-- --kafka]: what `npm run demo` and `npm test` do by themselves on a fresh clone.
import { parseArgs } from 'node:util';
import { setUp } from './setup/index.mjs';

const { values } = parseArgs({ options: { kafka: { type: 'boolean', default: false } } });
await setUp(values);
