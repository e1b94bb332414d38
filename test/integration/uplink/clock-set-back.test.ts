import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Link } from '../../../scripts/chaos/link.mjs';
import { GatewayUnit } from '../../../scripts/chaos/plant.mjs';
import { topicsOf } from '../../../scripts/chaos/setting.mjs';
import { freePorts } from '../../../scripts/kafka/ports.mjs';
import { preloadLibrary } from '../../../scripts/store/native.mjs';
import { describeWithOwnKafka, startKafka, type TestKafka } from '../../support/kafka-cluster.js';
import { until } from '../../support/memory-northward.js';

/** Longer than a test waits. */
const SET_BACK_S = -3_600;

// Its clock is one that is loaded before the C library: on Linux, with a C compiler.
const describeOnLinux = process.platform === 'linux' ? describeWithOwnKafka : describe.skip;

describeOnLinux('§7.4 a clock that is set back by an hour in an outage', () => {
  let folder: string;
  let clock: string;
  let kafka: TestKafka;
  let link: Link;
  let gateway: GatewayUnit;
  const state = (): string | undefined => gateway.journal?.samples.at(-1)?.state;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'clock-'));
    clock = await preloadLibrary(folder, 'clock');
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    const [port = 0] = await freePorts(1);
    link = new Link(Number(kafka.bootstrapServers.split(':').at(-1)));
    await link.listen(port);
    link.set('cut');
    const [edge, prefix] = [`127.0.0.1:${port}`, `set-back-${port}`];
    for (const topic of Object.values(topicsOf(prefix))) await kafka.createTopic(topic);
    gateway = await GatewayUnit.make(0, { edge, prefix, clock, folder, ownDisk: false });
    await gateway.start();
    await until('it tries to connect', () => state() === 'connecting', 60_000);
    // Into the waits between its attempts.
    await wait(3_000);
  });
  afterEach(async () => {
    await gateway.remove();
    link.close();
  });

  it('then it connects as soon as a broker is back', async () => {
    await gateway.setClock(SET_BACK_S);
    link.set('open');
    await until('it is connected', () => state() === 'connected', 60_000);
    await gateway.stop();
    expect(gateway.problems).toEqual([]);
  });

  it('then its process ends after stop()', async () => {
    await gateway.setClock(SET_BACK_S);
    await gateway.stop();
    expect(gateway.problems).toEqual([]);
  });
});
