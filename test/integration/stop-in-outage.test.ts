import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { StopReport } from '../../src/index.js';
import { describeWithOwnKafka, startKafka, uniqueTopic, type TestKafka } from '../support/kafka-cluster.js';
import { produceAll, writePoints } from '../support/platform.js';

const CHILD = new URL('../support/stopping-child.mjs', import.meta.url);
/** When `stop()` is called, in ms after the broker is gone. */
const MOMENTS_MS = [0, 300, 1_000, 3_000, 6_000];
const STOP_MS = 3_000;
/** What a process may need beyond the time-out of `stop()`: librdkafka waits 5 s for the answer to a leave request. */
const GRACE_MS = 15_000;

const SIDES = {
  uplink: { uplink: { telemetry: { enabled: true } }, downlink: { enabled: false } },
  downlink: { uplink: { enabled: false }, downlink: { enabled: true } },
  both: { uplink: { telemetry: { enabled: true } }, downlink: { enabled: true } },
};

/** All are stopped in the same outage. */
const GATEWAYS = [
  ['uplink', false],
  ['downlink', false],
  // Takes commands: with it come commits that are on their way.
  ['both', true],
] as const;

interface Gateway {
  readonly name: string;
  readonly loop: boolean;
  readonly momentMs: number;
  readonly child: ChildProcess;
}

interface Stopped {
  readonly name: string;
  readonly loop: boolean;
  readonly report: StopReport;
  /** How it came to its end. */
  readonly end: string;
}

describeWithOwnKafka('§7 stop() while the broker is away', () => {
  let kafka: TestKafka;
  const children = new Set<ChildProcess>();
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  /** Started and ready, with commands to take. */
  const start = async (side: keyof typeof SIDES, loop: boolean, momentMs: number): Promise<Gateway> => {
    const topic = uniqueTopic('stopping');
    await kafka.createTopic(topic);
    if (loop) await produceAll(kafka.bootstrapServers, topic, writePoints(0, 20_000, 1));
    const { uplink, downlink } = SIDES[side];
    const telemetry = { ...('telemetry' in uplink ? uplink.telemetry : {}), topic };
    const configuration = {
      connection: { bootstrapServers: kafka.bootstrapServers },
      uplink: { ...uplink, telemetry },
      downlink: {
        ...downlink,
        groupId: topic,
        autoOffsetReset: 'earliest',
        writePoint: { enabled: true, topic },
      },
    };
    const args = [JSON.stringify(configuration), loop ? 'loop' : '', String(STOP_MS)];
    const child = fork(CHILD, args, { stdio: ['pipe', 'ignore', 'inherit', 'ipc'] });
    children.add(child);
    await once(child, 'message');
    return { name: `${side}${loop ? ' with a loop' : ''}, ${momentMs} ms`, loop, momentMs, child };
  };

  /** Stops it at its moment. */
  const stop = async ({ name, loop, momentMs, child }: Gateway): Promise<Stopped> => {
    await wait(momentMs);
    const exited = once(child, 'exit');
    child.send('stop');
    const [{ report }] = (await once(child, 'message')) as [{ report: StopReport }];
    const late = async (ms: number): Promise<string> => await wait(ms, 'alive', { ref: false });
    const itself = async (): Promise<string> => `ended with ${String((await exited)[0])}`;
    let end = await Promise.race([itself(), late(GRACE_MS)]);
    if (end === 'alive' && report.unclosed.length > 0) {
      child.stdin?.write('exit');
      end = `exit(): ${await Promise.race([itself(), late(GRACE_MS)])}`;
    }
    return { name, loop, report, end };
  };

  it.each(['is killed', 'freezes'])(
    'given a broker that %s, then the process of each gateway ends soon after stop()',
    async (how) => {
      const { cluster } = kafka;
      const gateways: Gateway[] = [];
      for (const [side, loop] of GATEWAYS) {
        gateways.push(...(await Promise.all(MOMENTS_MS.map((momentMs) => start(side, loop, momentMs)))));
      }
      if (how === 'freezes') await cluster.freeze(1);
      else await cluster.kill9(1);
      const ends = await Promise.all(gateways.map(stop));
      // After a freeze of half a minute Kafka needs another one until it makes topics again: a new start is quicker.
      if (how === 'freezes') await cluster.kill9(1);
      await cluster.restart(1);

      for (const { name, report, end } of ends) console.log(name, JSON.stringify(report), end);
      expect(ends.filter(({ end }) => end !== 'ended with 0' && end !== 'exit(): ended with 0')).toEqual([]);
      expect(ends.filter(({ report }) => report.elapsedMs > STOP_MS + 5_000)).toEqual([]);
      // Without commands at work no commit is on its way, so nothing can keep the client open.
      expect(ends.filter(({ loop, end }) => !loop && end !== 'ended with 0')).toEqual([]);
    },
  );
});
