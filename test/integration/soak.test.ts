import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostPlace } from '../../scripts/soak/node.mjs';
import { runSoak } from '../../scripts/soak/run.mjs';
import { judgeSoak } from '../../scripts/soak/verdict.mjs';
import { describeWithOwnKafka, startKafka, type TestKafka } from '../support/kafka-cluster.js';

describeWithOwnKafka('npm run soak, as short as it can be', () => {
  let kafka: TestKafka;
  let folder: string;
  beforeAll(async () => {
    kafka = await startKafka();
    folder = await mkdtemp(path.join(tmpdir(), 'northward-soak-'));
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('given load and an outage, then each message arrives, each command is executed, and the process ends by itself', async () => {
    const result = await runSoak({
      cluster: kafka.cluster,
      folder,
      place: await hostPlace(process.versions.node, folder),
      plan: { seconds: 5, outageSeconds: 1, rate: 500, commands: 20 },
    });
    const { counts, inKafka, executed, marks, samples, live } = result;

    // What grows within seconds is what the process needs to come to its speed: no leak can be told from it. A machine that
    // is busy takes no sample for so long.
    const { problems } = judgeSoak(result);
    expect(problems.filter((text) => !/ grew |nothing to compare/.test(text))).toEqual([]);
    expect(inKafka.distinct).toBe(counts.published);
    expect(executed.distinct).toBe(result.commandsSent);
    const during = samples.filter(({ at }) => at > marks.away && at < marks.back);
    expect(Math.max(...during.map(({ waiting }) => waiting))).toBeGreaterThan(0);
    expect(Math.max(...during.map(({ diskBytes }) => diskBytes))).toBeGreaterThan(0);
    expect(live.before?.heapUsed).toBeGreaterThan(0);
    expect(live.after?.external).toBeGreaterThan(0);
    const [sample] = samples;
    for (const value of [
      sample?.rss,
      sample?.heapUsed,
      sample?.handles,
      sample?.threads,
      sample?.descriptors,
    ])
      expect(value).toBeGreaterThan(0);
  });
});
