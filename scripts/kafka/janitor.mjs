// @ts-check
// Runs beside a cluster with its owner's pipe as standard input. When the pipe closes, because the owner stopped the
// cluster or died in whatever way, it kills the brokers that are still there and removes their folder.
// Lines: `folder PATH`, `started PID`, `gone PID`.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const running = new Set();
let folder = '';

for await (const line of createInterface({ input: process.stdin })) {
  const space = line.indexOf(' ');
  const argument = line.slice(space + 1);
  const word = line.slice(0, space);
  if (word === 'folder') folder = argument;
  else if (word === 'started') running.add(Number(argument));
  else if (word === 'gone') running.delete(Number(argument));
}

for (const pid of running) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}
// A broker that is being killed may still write for a moment.
if (folder !== '') rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
