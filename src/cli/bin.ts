#!/usr/bin/env node
/** The program of the package: `main` in this process. */
import { EXIT } from './command.js';
import { main } from './main.js';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Who asks twice does not want to wait for an orderly end.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort();
  });
}
const { stdin, stdout, stderr, env } = process;
const code = await main(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  env,
  interrupted: interruption.signal,
});
// A Kafka client that is still open would keep the process alive until a broker answers.
process.exit(code);
