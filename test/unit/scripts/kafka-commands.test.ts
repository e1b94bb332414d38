import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../scripts/kafka/commands.mjs';

/** Three nodes that write down what is done to them. */
function cluster() {
  const done: string[] = [];
  const running = new Set([1, 2, 3]);
  const note = (what: string, ends: boolean) => (id: number) => {
    done.push(`${what} ${id}`);
    if (ends) running.delete(id);
    return Promise.resolve();
  };
  const fake = {
    nodeIds: [1, 2, 3],
    kill9: note('kill', true),
    shutDown: note('stop', true),
    freeze: note('freeze', false),
    thaw: note('thaw', false),
    node: (id: number) => ({
      pid: running.has(id) ? 1000 + id : undefined,
      start: () => {
        done.push(`start ${id}`);
        running.add(id);
        return id === 3 ? Promise.reject(new Error('no memory')) : Promise.resolve();
      },
    }),
  };
  return { done, run: (line: string) => runCommand(fake, line) };
}

describe('a line for the Kafka of npm run kafka', () => {
  it('stops and starts one node', async () => {
    const { done, run } = cluster();
    expect(await run('stop 2')).toBe('node 2: stopped');
    expect(await run('start 2')).toBe('node 2: started');
    expect(done).toEqual(['thaw 2', 'stop 2', 'start 2']);
  });

  it('stops all of them, and starts those that do not run', async () => {
    const { done, run } = cluster();
    expect(await run('start')).toBe('node 1, 2, 3: running already');
    await run('kill 1');
    await run('kill 2');
    expect(await run('start')).toBe('node 1, 2: started');
    expect(done).toEqual(['kill 1', 'kill 2', 'start 1', 'start 2']);
    expect(await run('  stop  ')).toBe('node 1, 2, 3: stopped');
  });

  it('restarts, freezes and thaws', async () => {
    const { done, run } = cluster();
    expect(await run('restart 1')).toBe('node 1: started');
    expect(await run('freeze 1')).toBe('node 1: frozen');
    expect(await run('thaw 1')).toBe('node 1: no longer frozen');
    expect(done).toEqual(['thaw 1', 'stop 1', 'start 1', 'freeze 1', 'thaw 1']);
  });

  it('says why a node did not start', async () => {
    const { run } = cluster();
    expect(await run('restart 3')).toBe('restart: no memory');
  });

  it.each(['halt', 'toString', 'START'])('"%s": says what there is', async (line) => {
    const { done, run } = cluster();
    expect(await run(line)).toMatch(/^".*" is none of:\n {2}stop \[NODE]/);
    expect(done).toEqual([]);
  });

  it.each(['stop 4', 'stop 1 2', 'stop all'])('"%s": says what may follow', async (line) => {
    const { done, run } = cluster();
    expect(await run(line)).toBe('after "stop" comes nothing, or one of 1, 2, 3');
    expect(done).toEqual([]);
  });
});
