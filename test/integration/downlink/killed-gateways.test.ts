import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { committedOffsets, produceAll, writePoints } from '../../support/platform.js';

const CHILD = new URL('../../support/gateway-child.mjs', import.meta.url);
const TOTAL = 20_000;
const PARTITIONS = 6;
const KEYS = 50;

interface Line {
  readonly partition: number;
  readonly offset: number;
  readonly id: number;
  readonly at: bigint;
}

/** Looks again and again until it is true. */
async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 90_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Commands whose first execution came before that of an earlier one of their key. */
function disorderOf(lines: readonly Line[]): string[] {
  const first = new Map<number, bigint>();
  for (const { id, at } of lines.toSorted((a, b) => (a.at < b.at ? -1 : 1)))
    if (!first.has(id)) first.set(id, at);
  const last = new Map<number, number>();
  const problems: string[] = [];
  for (const id of first.keys()) {
    const before = last.get(id % KEYS) ?? -1;
    if (id < before) problems.push(`${id} after ${before}`);
    last.set(id % KEYS, Math.max(id, before));
  }
  return problems;
}

describeWithOwnKafka('§6 gateways that are killed', () => {
  let kafka: TestKafka;
  let folder: string;
  const children = new Set<ChildProcess>();
  beforeAll(async () => {
    kafka = await startKafka();
    folder = await mkdtemp(path.join(tmpdir(), 'northward-'));
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (topic: string, group: string, file: string, more = {}): ChildProcess => {
    const child = fork(CHILD, [
      kafka.bootstrapServers,
      topic,
      group,
      path.join(folder, file),
      JSON.stringify(more),
    ]);
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  const executed = async (file: string): Promise<Line[]> => {
    const text = await readFile(path.join(folder, file), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [partition, offset, id, at] = line.split(' ');
        return { partition: Number(partition), offset: Number(offset), id: Number(id), at: BigInt(at!) };
      });
  };

  it(`given three gateways, when one is killed every few seconds, then all of ${TOTAL} commands are executed, in order by key, and no mark passes an unexecuted one`, async () => {
    const topic = uniqueTopic('chaos');
    const group = uniqueTopic('group');
    await kafka.createTopic(topic, { partitions: PARTITIONS });
    const files = ['g0', 'g1', 'g2'];
    const running = files.map((file) => start(topic, group, file));
    await Promise.all(running.map((child) => once(child, 'message')));
    const records = writePoints(0, TOTAL, PARTITIONS, KEYS);
    const producing = (async () => {
      for (let from = 0; from < TOTAL; from += 1_000) {
        await produceAll(kafka.bootstrapServers, topic, records.slice(from, from + 1_000));
      }
    })();
    const all = async (): Promise<Line[]> => (await Promise.all(files.map(executed))).flat();
    const done = async (): Promise<number> => new Set((await all()).map(({ id }) => id)).size;
    /** What is committed must have been executed: asked for first, since what is executed only grows. */
    const checkMarks = async (): Promise<void> => {
      const marks = await committedOffsets(kafka.bootstrapServers, group, topic, PARTITIONS);
      const places = new Set((await all()).map(({ partition, offset }) => `${partition} ${offset}`));
      const passed = marks.flatMap((mark, partition) =>
        Array.from({ length: mark ?? 0 }, (_, offset) => `${partition} ${offset}`),
      );
      expect(passed.length).toBeGreaterThan(0);
      expect(passed.filter((place) => !places.has(place))).toEqual([]);
    };
    for (let kills = 0; kills < 5; kills += 1) {
      // Not before the group has got on with it.
      const before = await done();
      await eventually(
        'some more are executed',
        async () => (await done()) >= Math.min(TOTAL, before + 1_000),
      );
      const victim = kills % running.length;
      running[victim]!.kill('SIGKILL');
      await once(running[victim]!, 'exit');
      await checkMarks();
      running[victim] = start(topic, group, files[victim]!);
    }
    await producing;
    await eventually('all are executed', async () => (await done()) === TOTAL);
    expect(disorderOf(await all())).toEqual([]);

    for (const child of running) child.kill('SIGKILL');
    await checkMarks();
  });

  it('given a gateway that is killed before its first command, then what comes in between is not skipped (latest)', async () => {
    const topic = uniqueTopic('first');
    const group = uniqueTopic('group');
    await kafka.createTopic(topic, { partitions: 2 });
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 10, 2));
    const first = start(topic, group, 'first', { autoOffsetReset: 'latest' });
    for (let committed = 0; committed < 1;) {
      const [message] = (await once(first, 'message')) as [unknown];
      if (typeof message === 'object') committed += 1;
    }
    first.kill('SIGKILL');
    await once(first, 'exit');
    await produceAll(kafka.bootstrapServers, topic, writePoints(10, 20, 2));
    start(topic, group, 'second', { autoOffsetReset: 'latest' });
    await eventually('all ten are executed', async () => (await executed('second')).length >= 10);
    const ids = (await executed('second')).map(({ id }) => id);
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, n) => n + 10));
  });
});
