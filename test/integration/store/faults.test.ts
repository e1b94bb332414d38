import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Gateway } from '../../../scripts/store/gateway.mjs';
import { Ext4, Tmpfs, whyNoMounts } from '../../../scripts/store/mounts.mjs';
import { preloadLibrary } from '../../../scripts/store/native.mjs';
import { configOf, PARTITIONS, topicsOf, type Setting } from '../../../scripts/store/setting.mjs';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { until } from '../../support/memory-northward.js';
import { handOver, NOBODY, numbersIn, problemsOfBooks, StoreHost } from '../../support/store-host.js';

const whyNot = await whyNoMounts();
if (whyNot !== undefined) console.warn(`skipped, file systems of our own cannot be mounted: ${whyNot}`);
const describeWithMounts = describe.skipIf(whyNot !== undefined);

describeWithOwnKafka('§10 disks that fail', () => {
  let kafka: TestKafka;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterEach(async () => {
    // The last one first: a gateway before the disk under it.
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  const setting = async (folder: string, store = {}): Promise<Setting> => {
    const topics = topicsOf(uniqueTopic('faults'));
    for (const topic of Object.values(topics)) await kafka.createTopic(topic, { partitions: PARTITIONS });
    return { bootstrapServers: kafka.bootstrapServers, topics, folder, storeAfterMs: 0, store };
  };
  const hostOn = (given: Setting): StoreHost => {
    const host = new StoreHost(given);
    ends.push(() => host.northward.stop({ timeoutMs: 2_000 }));
    return host;
  };
  const folderToRemove = async (): Promise<string> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'northward-faults-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  };
  /** Everything that was taken has arrived, or stands in the ledger, when the next life has handed over what is there. */
  const expectBooks = async (given: Setting, ...hosts: StoreHost[]): Promise<Set<number>> => {
    const losses = await handOver({ ...given, bootstrapServers: kafka.bootstrapServers });
    const arrived = await numbersIn(kafka.bootstrapServers, given.topics.telemetry);
    expect(
      problemsOfBooks(
        hosts.flatMap(({ taken }) => [...taken]),
        arrived,
        losses,
      ),
    ).toEqual([]);
    return arrived;
  };

  describeWithMounts('with file systems of our own', () => {
    const tmpfs = async (bytes: number): Promise<Tmpfs> => {
      const made = await Tmpfs.make(bytes);
      ends.push(() => made.remove());
      return made;
    };

    it.each(['drop_oldest', 'reject_new'] as const)(
      'given a disk that gets full in an outage (%s), when it has room again, then it stores again, and what is missing stands in the ledger',
      async (whenFull) => {
        const disk = await tmpfs(6 * 2 ** 20);
        const ballast = path.join(disk.folder, 'ballast');
        const given = await setting(path.join(disk.folder, 'store'), { minFreeBytes: 0, whenFull });
        const host = hostOn({ ...given, bootstrapServers: NOBODY });
        await host.northward.start();
        await host.publish(0, 1_000);
        expect(host.stored.size).toBe(1_000);
        await writeFile(ballast, Buffer.alloc(4 * 2 ** 20));
        await host.publish(1_000, 15_000);
        expect([...new Set(host.refused.values())].filter((code) => !REFUSALS.includes(code))).toEqual([]);
        expect(host.refused.size + host.northward.losses().length).toBeGreaterThan(0);
        await rm(ballast);
        await host.untilStore('working');
        await until('it takes one again', () => host.stored.has(20_000) || retry(host, 20_000));
        await host.northward.stop();
        const arrived = await expectBooks(given, host);
        expect(arrived.has(20_000)).toBe(true);
      },
    );

    it('given a disk that cannot be written when it starts, then it goes on in memory, and stores once it can', async () => {
      const disk = await tmpfs(16 * 2 ** 20);
      await disk.remount('ro');
      const given = await setting(path.join(disk.folder, 'store'), { minFreeBytes: 0 });
      const host = hostOn(given);
      await host.northward.start();
      await until('it is told', () => host.errors.includes('STORE_DEGRADED'), 60_000);
      await host.publish(0, 100, 'delivered');
      expect(host.taken.size).toBe(100);
      await host.publish(100, 101);
      expect(host.refused.get(100)).toBe('STORE_DEGRADED');
      await disk.remount('rw');
      await host.untilStore('working');
      await host.publish(101, 200);
      expect(host.taken.size).toBe(199);
      await host.northward.stop();
      await expectBooks(given, host);
    });

    it('given a disk that the system makes read-only in an outage, then the process lives, and the next life sends what was stored', async () => {
      const disk = await Ext4.make();
      ends.push(() => disk.remove());
      const given = await setting(path.join(disk.folder, 'store'));
      const host = hostOn({ ...given, bootstrapServers: NOBODY });
      await host.northward.start();
      await host.publish(0, 1_000);
      await disk.abort();
      await host.publish(1_000, 1_100);
      await host.untilStore('degraded');
      await host.publish(1_100, 1_200);
      expect(new Set([...host.refused].filter(([n]) => n >= 1_100).map(([, code]) => code))).toEqual(
        new Set(['STORE_DEGRADED']),
      );
      await host.northward.stop({ timeoutMs: 2_000 });
      await disk.powerOn();
      const arrived = await expectBooks(given, host);
      expect([...host.stored].filter((n) => !arrived.has(n))).toEqual([]);
      expect(host.stored.size).toBeGreaterThanOrEqual(1_000);
    });
  });

  describe.skipIf(process.platform !== 'linux')('with calls that fail (LD_PRELOAD)', () => {
    const faultyGateway = async (given: Setting, first: number) => {
      const folder = await folderToRemove();
      const trigger = path.join(folder, 'trigger');
      const gateway = new Gateway(
        { config: configOf(given), first },
        {
          LD_PRELOAD: await preloadLibrary(folder, 'disk-faults'),
          NORTHWARD_FAULT_FOLDER: given.folder,
          NORTHWARD_FAULT_FILE: trigger,
        },
      );
      ends.push(() => gateway.kill());
      const store = (): string | undefined => gateway.journal.samples.at(-1)?.store?.state;
      return {
        gateway,
        fail: (calls: string) => writeFileSync(trigger, calls),
        untilStore: (state: string) => until(`the store is ${state}`, () => store() === state, 60_000),
      };
    };

    it.each(['sync', 'write'])(
      'given calls that fail in an outage (%s), when they work again, then it stores again, and nothing that settled is missing',
      async (calls) => {
        const given = await setting(await folderToRemove());
        const { gateway, fail, untilStore } = await faultyGateway({ ...given, bootstrapServers: NOBODY }, 1);
        await gateway.line('started');
        gateway.say('publish 500');
        const { journal } = gateway;
        await until('some are stored', () => journal.storedAs.size > 200, 60_000);
        fail(calls);
        await untilStore('degraded');
        fail('');
        await untilStore('working');
        const before = journal.storedAs.size;
        await until('more are stored', () => journal.storedAs.size > before + 200, 60_000);
        expect(await gateway.stop()).toMatchObject({ code: 0 });
        expect(journal.crashes).toEqual([]);
        const losses = await handOver(given);
        const arrived = new Set([
          ...(await numbersIn(kafka.bootstrapServers, given.topics.telemetry)),
          ...(await numbersIn(kafka.bootstrapServers, given.topics.alarm)),
        ]);
        expect(problemsOfBooks(journal.settled.keys(), arrived, losses)).toEqual([]);
      },
    );

    it('given reads that fail while it replays, then the process lives, and what it could not read stands in the ledger', async () => {
      const given = await setting(await folderToRemove());
      const before = hostOn({ ...given, bootstrapServers: NOBODY });
      await before.northward.start();
      await before.publish(0, 3_000);
      await before.northward.stop({ timeoutMs: 2_000 });
      const { gateway, fail } = await faultyGateway(given, 10_000);
      fail('read');
      await gateway.line('started');
      await until('it has tried for a while', () => gateway.journal.samples.length > 20, 60_000);
      fail('');
      expect(await gateway.ask('drain', 'drained')).not.toBe('');
      expect(await gateway.stop()).toMatchObject({ code: 0 });
      await expectBooks(given, before);
    });
  });

  it('given a folder that is removed in an outage, then it stores again, and the rest arrives', async () => {
    const folder = await folderToRemove();
    const given = await setting(path.join(folder, 'store'));
    const host = hostOn(given);
    await host.northward.start();
    await host.northward.ready();
    await kafka.cluster.freeze(1);
    ends.push(() => kafka.cluster.thaw(1));
    await host.publish(0, 500);
    await rm(given.folder, { recursive: true, force: true });
    await until('it stores again', () => host.stored.has(5_000) || retry(host, 5_000));
    await host.publish(500, 1_000);
    await kafka.cluster.thaw(1);
    await host.untilDrained();
    const report = await host.northward.stop();
    expect(report.undelivered).toBe(0);
    await expectBooks(given, host);
  });
});

/** What a full disk may be told as; and messages that wait in memory for it end in their time. */
const REFUSALS = ['STORE_FULL', 'STORE_DEGRADED', 'STORE_EVICTED', 'QUEUE_FULL', 'DELIVERY_TIMEOUT'];

/** One more attempt at a time, until it is taken. Answers false, for `until()`. */
function retry(host: StoreHost, n: number): boolean {
  if (!underWay.has(host)) {
    underWay.add(host);
    void host.publish(n, n + 1).then(() => underWay.delete(host));
  }
  return false;
}
const underWay = new WeakSet<StoreHost>();
