import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureOf } from '../../../scripts/soak/picture.mjs';
import type { SoakResult } from '../../../scripts/soak/run.mjs';
import type { Sample } from '../../../scripts/soak/samples.mjs';
import { readSaved } from '../../../scripts/soak/saved.mjs';
import { Tally } from '../../../scripts/soak/tally.mjs';
import { BOUNDS, judgeSoak, median, slope, soakText } from '../../../scripts/soak/verdict.mjs';

const MIB = 2 ** 20;
const PUBLISHED = 6_000_000;

const counts = {
  published: PUBLISHED,
  delivered: 5_000_000,
  stored: 1_000_000,
  skipped: 0,
  rejected: {},
  arrived: 1_000_000,
  lost: 0,
  maybeDuplicate: 0,
};

const LIVE = { heapUsed: 15 * MIB, external: 3 * MIB };

function sampleAt(at: number): Sample {
  return {
    at,
    rss: 130 * MIB,
    // 20 MiB, and up to 15 of garbage.
    heapUsed: (20 + (at % 50) * 0.3) * MIB,
    external: 4 * MIB,
    handles: 9,
    threads: 19,
    descriptors: 37,
    loopP99Ms: 2,
    diskBytes: MIB,
    state: 'connected',
    queued: 0,
    storeState: 'working',
    storeBytes: 0,
    waiting: 0,
    lag: 0,
    counts,
  };
}

/** An hour in which all is well, but for what a test changes in it. */
function hour(change: (sample: Sample) => Partial<Sample> = () => ({})): SoakResult {
  const samples = Array.from({ length: 720 }, (_, n) => sampleAt(n * 5));
  return {
    node: '20.20.2',
    plan: { seconds: 3600, outageSeconds: 600, rate: 2000, commands: 20 },
    marks: { away: 1500, back: 2105, replayed: 2300, end: 3600 },
    samples: samples.map((sample) => ({ ...sample, ...change(sample) })),
    live: { before: LIVE, after: LIVE },
    counts,
    commandsSent: 72_000,
    inKafka: {
      read: PUBLISHED,
      written: PUBLISHED,
      skipped: 0,
      distinct: PUBLISHED,
      copies: 0,
      strange: 0,
      missing: { count: 0, first: [] },
    },
    executed: { distinct: 72_000, copies: 0, strange: 0, missing: { count: 0, first: [] } },
    stop: {
      report: {
        flushed: 0,
        stored: 0,
        undelivered: 0,
        unfinishedCommands: 0,
        uncommittedPartitions: 0,
        timedOut: false,
        unclosed: [],
        elapsedMs: 30,
      },
      code: 0,
      signal: null,
      exitMs: 5,
    },
    lostByLedger: 0,
    troubles: [],
  };
}

describe('what has grown', () => {
  it('given a flat hour with a peak in the outage, then there is no problem', () => {
    const peak = ({ at }: Sample): Partial<Sample> =>
      at > 1500 && at < 2300 ? { rss: 300 * MIB, descriptors: 60, diskBytes: 400 * MIB } : {};
    const verdict = judgeSoak(hour(peak));
    expect(verdict.problems).toEqual([]);
    expect(verdict.levels.find(({ resource }) => resource === 'rssMiB')).toEqual({
      resource: 'rssMiB',
      before: 130,
      after: 130,
      most: 300,
      perHour: 0,
      bound: BOUNDS.rssMiB,
    });
    expect(verdict.windows).toEqual({ before: [375, 1500], after: [2950, 3600] });
  });

  it.each([
    ['rssMiB', ({ at, rss }: Sample) => ({ rss: rss + at * 2000 * 10 })],
    ['rssMiB', ({ at, rss }: Sample) => ({ rss: at > 2105 ? rss + 100 * MIB : rss })],
    ['handles', ({ at }: Sample) => ({ handles: at > 2105 ? 10 : 9 })],
    ['threads', ({ at }: Sample) => ({ threads: at > 2105 ? 20 : 19 })],
    ['descriptors', ({ at }: Sample) => ({ descriptors: at > 2105 ? 40 : 37 })],
    ['storeMiB', ({ at }: Sample) => ({ diskBytes: (at > 2105 ? 65 : 1) * MIB })],
  ])('given a leak of %s, then it is named, and nothing else', (resource, change) => {
    const { problems } = judgeSoak(hour(change));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${resource} grew `));
  });

  it.each([
    ['heapMiB', { ...LIVE, heapUsed: LIVE.heapUsed + 25 * MIB }],
    ['externalMiB', { ...LIVE, external: LIVE.external + 5 * MIB }],
  ])('given a leak of %s, then it is named, however much garbage lies around', (resource, after) => {
    const { problems } = judgeSoak({ ...hour(), live: { before: LIVE, after } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${resource} grew from `));
  });

  it('given garbage that V8 lets lie after the outage, then nothing has grown', () => {
    const lies = ({ at, heapUsed }: Sample): Partial<Sample> =>
      at > 2105 ? { heapUsed: heapUsed + 30 * MIB } : {};
    expect(judgeSoak(hour(lies)).problems).toEqual([]);
  });

  it('given no sample in which the store was empty, then nothing is called flat', () => {
    const flat = hour();
    const { problems } = judgeSoak({ ...flat, marks: { ...flat.marks, replayed: Infinity } });
    expect(problems).toContain('the store was not empty again after the outage');
  });

  it('given no sample, then nothing is called flat', () => {
    expect(judgeSoak({ ...hour(), samples: [] }).problems).toEqual([
      'there is nothing to compare: no sample before the outage, or none after the replay',
    ]);
  });
});

describe('what is not accounted for', () => {
  const flat = hour();
  it.each<[string, Partial<SoakResult>, RegExp]>([
    ['an open promise', { counts: { ...counts, delivered: 4_999_999 } }, /^1 promises did not end/],
    ['a missing event', { counts: { ...counts, arrived: 999_999 } }, /^1 stored messages have neither/],
    ['a loss without the ledger', { lostByLedger: 3 }, /^the ledger has 3 lost messages, the events 0/],
    [
      'a message that is not in Kafka',
      { inKafka: { ...flat.inKafka, missing: { count: 1, first: [77] } } },
      /^1 messages are not in Kafka, 0 are known not to be; the first missing: 77/,
    ],
    [
      'fewer in Kafka than told',
      { inKafka: { ...flat.inKafka, distinct: PUBLISHED - 1 } },
      /^6000000 are told as delivered, 5999999 are in Kafka/,
    ],
    [
      'a copy that nobody announced',
      { inKafka: { ...flat.inKafka, copies: 2 } },
      /^2 copies are in Kafka, 0/,
    ],
    ['a number that nobody sent', { executed: { ...flat.executed, strange: 1 } }, /what nobody sent/],
    ['a hole in what was read', { inKafka: { ...flat.inKafka, skipped: 4 } }, /4 offsets passed over/],
    [
      'a command that was not executed',
      { executed: { ...flat.executed, missing: { count: 1, first: [5] } } },
      /^1 commands were not executed; the first: 5/,
    ],
    ['a process that had to be killed', { stop: { ...flat.stop, code: null, signal: 'SIGKILL' } }, /SIGKILL/],
    ['an unhandled rejection', { troubles: ['unhandled rejection: Error: x'] }, /^unhandled rejection/],
  ])('given %s, then it is named, and nothing else', (_, change, expected) => {
    const { problems } = judgeSoak({ ...flat, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  it('given lost and refused messages that are known, and copies that are announced, then there is no problem', () => {
    const known = {
      ...counts,
      delivered: 4_999_990,
      rejected: { QUEUE_FULL: 10 },
      arrived: 999_995,
      lost: 5,
    };
    const { problems } = judgeSoak({
      ...flat,
      counts: { ...known, maybeDuplicate: 3 },
      lostByLedger: 5,
      inKafka: {
        ...flat.inKafka,
        distinct: PUBLISHED - 15,
        copies: 3,
        missing: { count: 15, first: [1] },
      },
    });
    expect(problems).toEqual([]);
  });
});

it('the text of a run has its counts, its levels and its problems', () => {
  const result = { ...hour(), lostByLedger: 3 };
  const text = soakText(result, judgeSoak(result));
  expect(text).toContain('published 6000000: delivered 5000000, stored and delivered 1000000 of 1000000');
  expect(text).toMatch(/^rssMiB +130 +130 +130 +0\.0 +\+96$/m);
  expect(text).toContain('PROBLEM the ledger has 3 lost messages');
});

it('a tally counts numbers that came once, came again, did not come, and cannot have come', () => {
  const tally = new Tally(5);
  for (const n of [0, 1, 1, 3, 7, Number.NaN]) tally.add(n);
  expect(tally).toMatchObject({ distinct: 3, copies: 1, strange: 2 });
  expect(tally.missing(4)).toEqual({ count: 1, first: [2] });
});

it('median and slope', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(
    slope([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBe(2);
});

describe('the picture', () => {
  const svg = pictureOf(hour());

  it('has four panels with an axis each, the outage in each of them, and no number that is none', () => {
    expect(svg.match(/fill="#f3dfc6"/g)).toHaveLength(4);
    expect(svg.match(/<polyline/g)).toHaveLength(7);
    for (const title of ['Memory, MiB', 'Delay of the event loop', 'Store on disk, MiB', 'Resources, count'])
      expect(svg.includes(title)).toBe(true);
    expect(/NaN|Infinity|undefined/.exec(svg)).toBeNull();
  });

  it('draws the highest of the samples that share a point', () => {
    const withPeak = pictureOf(hour(({ at }) => (at === 1000 ? { rss: 400 * MIB } : {})));
    expect(withPeak.includes('>400</text>')).toBe(true);
  });

  it('stays small, however many samples there are', () => {
    expect(svg.length).toBeLessThan(60_000);
  });
});

it('docs/reliability.md has the bounds', async () => {
  const page = await readFile(path.resolve('docs/reliability.md'), 'utf8');
  const rows = [...page.matchAll(/^\| [^|]+ \| (\d+)(?: MiB)? +\| [^|]+ \|$/gm)].map(([, bound]) =>
    Number(bound),
  );
  expect(rows).toEqual(Object.values(BOUNDS));
});

describe('a run that was kept', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'northward-soak-saved-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is judged as it was, also where the store did not become empty', async () => {
    const file = path.join(folder, 'soak.json');
    const flat = hour();
    const stuck = { ...flat, marks: { ...flat.marks, replayed: Infinity } };
    await writeFile(file, JSON.stringify(stuck));
    const saved = await readSaved(file);
    expect(saved).toEqual(stuck);
    expect(soakText(saved, judgeSoak(saved))).toBe(soakText(stuck, judgeSoak(stuck)));
  });

  it.each(['null', '[]', '{}', '{"marks":{}}', '"text"'])('%s is refused in words', async (text) => {
    const file = path.join(folder, 'other.json');
    await writeFile(file, text);
    await expect(readSaved(file)).rejects.toThrow(
      `${file} was not written by --out, or by another version: it has no plan`,
    );
  });
});
