// @ts-check
// npm run setup [-- --kafka]: what `npm run demo` and `npm test` do by themselves on a fresh clone.
import { readCommandLine } from './lib/command-line.mjs';
import { setUp } from './setup/index.mjs';

const { values } = readCommandLine({
  command: 'npm run setup',
  about: 'Puts in place what a fresh clone lacks: the dependencies and the addon of the native client.',
  options: {
    kafka: { type: 'boolean', default: false, help: 'Java and Kafka as well, as the tests need them' },
  },
});
await setUp(values);
