import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RdKafka } from '@confluentinc/kafka-javascript';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { brokenBuild } from '../../../scripts/chaos/broken-build.mjs';
import { judgeDownlink } from '../../../scripts/chaos/oracle/downlink.mjs';
import { commandLog } from '../../../scripts/chaos/oracle/dumps.mjs';
import { readCommits, readTopic } from '../../../scripts/chaos/oracle/read.mjs';
import { gatewayConfig, groupOf, topicsOf as topicsOfRound } from '../../../scripts/chaos/setting.mjs';
import { Gateway } from '../../../scripts/store/gateway.mjs';
import { nowUs } from '../../../scripts/store/journal.mjs';
import { judge, type Life } from '../../../scripts/store/judge.mjs';
import { preloadLibrary } from '../../../scripts/store/native.mjs';
import { killed, readAll } from '../../../scripts/store/rounds.mjs';
import { configOf, PARTITIONS, rulesOf, topicsOf } from '../../../scripts/store/setting.mjs';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { until } from '../../support/memory-northward.js';

type FaultName = Parameters<typeof brokenBuild>[0];

/** So long each sync takes. What is promised too early is in danger meanwhile, also on a disk that is fast. */
const SYNC_MS = 100;

describeWithOwnKafka('a library that is broken on purpose', () => {
  let kafka: TestKafka;
  let folder: string;
  let slowSync: string;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    kafka = await startKafka();
    folder = await mkdtemp(path.join(tmpdir(), 'northward-broken-'));
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Kills while no broker answers: then the disk alone has what was acknowledged. */
  async function killsOf(fault: FaultName): Promise<readonly string[]> {
    const { library, remove } = await brokenBuild(fault);
    ends.push(remove);
    const topics = topicsOf(uniqueTopic('broken'));
    const { bootstrapServers, cluster } = kafka;
    const setting = {
      bootstrapServers,
      topics,
      folder: path.join(folder, topics.telemetry),
      storeAfterMs: 0,
    };
    const gatewayOf = (life: number): Gateway => {
      const env = {
        NORTHWARD_LIBRARY: library,
        LD_PRELOAD: slowSync,
        NORTHWARD_SYNC_MS: `${SYNC_MS}`,
      };
      const gateway = new Gateway({ config: configOf(setting), first: life * 1_000_000 + 1 }, env);
      ends.push(() => gateway.kill());
      return gateway;
    };
    for (const topic of Object.values(topics)) await kafka.createTopic(topic, { partitions: PARTITIONS });

    const lives: Life[] = [];
    await cluster.freeze(1);
    for (let life = 0; life < 2; life += 1) {
      const gateway = gatewayOf(life);
      gateway.say('publish 2000');
      await until('promises have settled', () => gateway.journal.settled.size >= 100, 60_000);
      const endUs = await killed(gateway);
      lives.push({ journal: gateway.journal, clean: false, endUs });
    }
    await cluster.thaw(1);
    const last = gatewayOf(2);
    expect(await last.ask('drain', 'drained')).not.toBe('');
    expect(await last.stop()).toMatchObject({ code: 0 });
    lives.push({ journal: last.journal, clean: true, endUs: nowUs() });
    return judge(lives, rulesOf(setting), await readAll(bootstrapServers, Object.values(topics))).problems;
  }

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  describe.skipIf(process.platform !== 'linux')('uplink (LD_PRELOAD)', () => {
    beforeAll(async () => {
      slowSync = await preloadLibrary(folder, 'slow-sync');
    });

    it('given an acknowledgement before the sync, then the judge finds what a kill has taken', async () => {
      expect(await killsOf('acknowledged-before-sync')).toContainEqual(
        expect.stringMatching(/^a settled message is missing: /),
      );
    });

    it('given no fault, then the same test finds nothing', async () => {
      expect(await killsOf(null)).toEqual([]);
    });
  });

  describe('downlink', () => {
    /** Of each of two partitions. */
    const COMMANDS = 30;

    /** One gateway that executes what is there, to the last command, and stops in order. */
    async function executedBy(fault: FaultName): Promise<readonly string[]> {
      const { library, remove } = await brokenBuild(fault);
      ends.push(remove);
      const prefix = uniqueTopic('broken');
      const topics = topicsOfRound(prefix);
      const { bootstrapServers } = kafka;
      for (const topic of Object.values(topics)) await kafka.createTopic(topic, { partitions: 2 });
      await sendCommands(topics.write);
      const config = gatewayConfig({
        bootstrapServers,
        prefix,
        gateway: 0,
        folder: path.join(folder, prefix),
      });
      const gateway = new Gateway({ config, first: 1, commands: true }, { NORTHWARD_LIBRARY: library });
      ends.push(() => gateway.kill());
      // Of each partition and key.
      const last = [0, 1].flatMap((partition) => [2, 1].map((left) => `w-${partition}-${COMMANDS - left}`));
      const isDone = (id: string): boolean =>
        gateway.journal.executions.some((each) => each.id === id && each.ok);
      await until('the last commands are executed', () => last.every(isDone), 60_000);
      expect(await gateway.stop()).toMatchObject({ code: 0 });

      const [written, commits] = await Promise.all([
        readTopic(bootstrapServers, topics.write),
        readCommits(bootstrapServers, groupOf(prefix)),
      ]);
      return judgeDownlink({
        gateways: [{ name: 'gateway', lives: [{ journal: gateway.journal, clean: true, endUs: nowUs() }] }],
        topics: new Map([[topics.write, [commandLog(written)]]]),
        commits: commits.filter(({ topic }) => topic === topics.write),
        wallMinusMonotonicUs: Date.now() * 1000 - nowUs(),
      }).problems;
    }

    async function sendCommands(topic: string): Promise<void> {
      const producer = new RdKafka.Producer({ 'bootstrap.servers': kafka.bootstrapServers });
      await new Promise((resolve) => producer.connect({}, resolve));
      for (const partition of [0, 1]) {
        for (let number = 0; number < COMMANDS; number += 1) {
          const data = { request_id: `w-${partition}-${number}`, point_id: 7, value: 1 };
          const command = { schema_version: 1, event: { kind: 'write_point' }, payload: { data } };
          producer.produce(topic, partition, Buffer.from(JSON.stringify(command)), `key ${number % 2}`);
        }
      }
      await new Promise((resolve) => producer.flush(30_000, resolve));
      await new Promise((resolve) => producer.disconnect(resolve));
    }

    it('given a command that is finished without being given out, then the judge finds it', async () => {
      expect(await executedBy('command-skipped')).toEqual([
        expect.stringMatching(/^a command was not executed: w-0-7 .* w-0-27 .* w-1-7 .* w-1-27 /),
        expect.stringMatching(/^order of the commands of a key: /),
        expect.stringMatching(/^a commit passes a command: .* never executed/),
      ]);
    });

    it('given no fault, then the same test finds nothing', async () => {
      expect(await executedBy(null)).toEqual([]);
    });
  });
});
