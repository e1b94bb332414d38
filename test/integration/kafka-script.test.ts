import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';

const children: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM');
});

/** npm run kafka, with a pipe for its commands as a script would have. */
function runKafka() {
  const child = spawn(process.execPath, ['scripts/kafka.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const until = async (pattern: RegExp) => {
    for (;;) {
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done === true) throw new Error(`no line ${pattern} came`);
      const found = pattern.exec(value);
      if (found !== null) return found;
    }
  };
  return { child, until, send: (line: string) => child.stdin.write(`${line}\n`) };
}

async function answers(port: number) {
  const socket = connect(port, '127.0.0.1');
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

it('npm run kafka stops its broker and starts it again when it is told so', async () => {
  const { child, until, send } = runKafka();
  const [, port] = await until(/^bootstrap: 127\.0\.0\.1:(\d+)$/);
  const [, pid] = await until(/^node 1: pid (\d+)/);
  await until(/^ {2}stop \[NODE\]/);
  expect(await answers(Number(port))).toBe(true);

  send('stop');
  await until(/^node 1: stopped$/);
  expect(await answers(Number(port))).toBe(false);
  send('start');
  await until(/^node 1: started$/);
  expect(await answers(Number(port))).toBe(true);
  send('freeze');
  await until(/^node 1: frozen$/);
  send('restart');
  await until(/^node 1: started$/);
  expect(await answers(Number(port))).toBe(true);

  send('quit');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(await answers(Number(port))).toBe(false);
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
});

it('npm run kafka goes on when there is no input, until SIGTERM', async () => {
  const { child, until } = runKafka();
  child.stdin.end();
  const [, port] = await until(/^bootstrap: 127\.0\.0\.1:(\d+)$/);
  await until(/^Ctrl-C stops it/);
  expect(await answers(Number(port))).toBe(true);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(await answers(Number(port))).toBe(false);
});
