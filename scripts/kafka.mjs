// @ts-check
// npm run kafka: a real Kafka to try things on, until Ctrl-C or "quit". Lines on its input stop and start its brokers.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { startCluster } from './kafka/cluster.mjs';
import { COMMANDS_HELP, runCommand } from './kafka/commands.mjs';
import { startSecuredKafka } from './kafka/secured.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { endForSetup } from './lib/report.mjs';

const { values } = readCommandLine({
  command: 'npm run kafka',
  about: 'Runs a real Kafka on this machine to try things on. When it ends, its data is removed.',
  options: {
    nodes: { type: 'string', choices: ['1', '3'], default: '1', help: 'how many brokers' },
    'auto-create': { type: 'boolean', default: false, help: 'missing topics are made when they are used' },
    secured: {
      type: 'boolean',
      default: false,
      help: 'one broker with a listener for TLS and SCRAM beside the plaintext one; it makes missing topics',
    },
  },
  more: `While it runs it reads lines, typed or from a pipe:\n${COMMANDS_HELP}`,
});

const secured = values.secured ? await startSecuredKafka().catch(endForSetup) : undefined;
const nodes = values.nodes === '3' ? 3 : 1;
const cluster =
  secured?.cluster ??
  (await startCluster({ nodes, autoCreateTopics: values['auto-create'] }).catch(endForSetup));
// Before the first line is printed: whoever reads it may send a signal at once.
const ends = [once(process, 'SIGINT'), once(process, 'SIGTERM')];
console.log(`bootstrap: ${cluster.bootstrapServers}`);
for (const id of cluster.nodeIds) {
  console.log(`node ${id}: pid ${cluster.node(id).pid}, log ${cluster.node(id).logFile}`);
}
for (const [name, value] of Object.entries(secured?.variables ?? {})) console.log(`export ${name}=${value}`);
const background = await isInBackground();
if (!background) console.log(`Type a command:\n${COMMANDS_HELP}`);
console.log('Ctrl-C stops it and removes its data.');

// The signals alone would not keep this process alive.
const keepAlive = setInterval(() => {}, 60_000);
await Promise.race(background ? ends : [...ends, untilQuit()]);
clearInterval(keepAlive);
await (secured ?? cluster).stop();
process.exit(0);

/** The end of the input is no "quit": without a terminal there may never have been any. */
async function untilQuit() {
  for await (const line of createInterface({ input: process.stdin, terminal: false })) {
    if (line.trim() === 'quit') return;
    if (line.trim() !== '') console.log(await runCommand(cluster, line));
  }
  await new Promise(() => {});
}

/** With `&` in a shell: a process that reads the terminal then is stopped by the system. */
async function isInBackground() {
  if (!process.stdin.isTTY) return false;
  // Linux tells: after the name in brackets come the state, the parent, the process group, … and the terminal's group.
  const status = await readFile('/proc/self/stat', 'utf8').catch(() => '');
  const [, , group, , , terminalGroup] = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return group !== terminalGroup;
}
