import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoMounts } from '../../../scripts/store/mounts.mjs';
import { runPowerCuts } from '../../../scripts/store/power-cuts.mjs';
import { Random } from '../../../scripts/store/random.mjs';
import { killed, runRounds } from '../../../scripts/store/rounds.mjs';
import { SMALL_QUEUE, topicsOf } from '../../../scripts/store/setting.mjs';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';

// The commands "npm run store:kills" and "npm run store:power-cuts" do the same a hundred times.
const KILLS = 5;
const CUTS = 3;
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_126);

const whyNot = await whyNoMounts();
if (whyNot !== undefined) console.warn(`skipped, no ext4 whose power can be cut: ${whyNot}`);

describeWithOwnKafka('§10 gateways that come to a violent end', () => {
  let kafka: TestKafka;
  let folder: string;
  beforeAll(async () => {
    kafka = await startKafka();
    folder = await mkdtemp(path.join(tmpdir(), 'northward-kills-'));
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([0, 1000])(
    `storeAfterMs %d: given ${KILLS} kills at random moments, in outages too, then nothing that settled is missing, nothing older than the bound, and order per key holds`,
    async (storeAfterMs) => {
      const result = await runRounds({
        cluster: kafka.cluster,
        setting: {
          topics: topicsOf(uniqueTopic('kills')),
          folder: path.join(folder, String(storeAfterMs)),
          storeAfterMs,
          uplink: { queue: SMALL_QUEUE },
        },
        rounds: KILLS,
        rate: 500,
        random: new Random(SEED + storeAfterMs),
        outages: { begins: 0.6, ends: 0.5, killed: 0 },
        end: killed,
      });
      expect(result.problems).toEqual([]);
      expect(result.accepted).toBeGreaterThan(100);
      expect(result.settled).toBeGreaterThan(0);
    },
  );

  describe.skipIf(whyNot !== undefined)('whose disk loses its power', () => {
    const cuts = (withoutSync: boolean) =>
      runPowerCuts({
        cluster: kafka.cluster,
        rounds: CUTS,
        rate: 500,
        storeAfterMs: 0,
        random: new Random(SEED),
        withoutSync,
      });

    it(`given ${CUTS} power cuts at random moments, then nothing that was reported as stored is missing`, async () => {
      const result = await cuts(false);
      expect(result.problems).toEqual([]);
      expect(result.settled).toBeGreaterThan(0);
    });

    it('given syncs that do nothing, then the same test finds what is missing', async () => {
      const { problems } = await cuts(true);
      expect(problems).toContainEqual(expect.stringContaining('a settled message is missing'));
    });
  });
});
