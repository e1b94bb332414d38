import { describe, expect, it } from 'vitest';
import { campaignText, missing, summed } from '../../../scripts/chaos/campaign.mjs';
import { timelineSvg } from '../../../scripts/chaos/timeline.mjs';

const round = (seed: number, problems: readonly string[] = []) => ({
  seeds: [seed],
  faults: { 'broker killed': 2, 'gateway killed': 0 },
  up: { accepted: 1000, gone: 3 },
  refused: { STORE_FULL: seed },
  down: { executed: 10 },
  longestSettleMs: 1000 * seed,
  problems,
});

describe('many rounds of chaos in one', () => {
  it('are added up, and the longest time stands', () => {
    expect(campaignText(summed([round(4), round(5)]))).toBe(
      [
        '2 rounds, seeds 4 to 5',
        '  faults: broker killed 4',
        '  messages: accepted 2,000, without an answer before a kill, and not in Kafka 6; ended with an error: STORE_FULL 9',
        '  commands: executed 20',
        '  at the longest 5.0 s after the last fault everything was handed over and executed',
        '  no problem found',
      ].join('\n'),
    );
  });

  it('have the problems of all, and say where not everything was handed over', () => {
    const text = campaignText(
      summed([round(4, ['seed 4: order']), { ...round(5), longestSettleMs: Infinity }]),
    );
    expect(text).toContain('PROBLEM seed 4: order');
    expect(text).toContain('not everything was handed over and executed a minute after the last fault');
    expect(text).not.toContain('no problem found');
  });
});

describe('a round in which nothing happened', () => {
  const up = { accepted: 2, settled: 1, records: 2, copies: 0 };
  const down = { commands: 2, executions: 2, commits: 1, judgedAssignments: 3, repeated: 0 };

  it('shows nothing, and is a problem', () => {
    expect(missing({ up: { ...up, settled: 0 }, down: { ...down, commits: 0 } })).toEqual([
      'nothing to judge: settled 0',
      'nothing to judge: commits 0',
    ]);
  });

  it('is none where each rule had something to judge', () => {
    expect(missing({ up, down })).toEqual([]);
  });
});

describe('the picture of a round', () => {
  it('has a bar for each fault and a line for each chart, and no bare "<"', () => {
    const svg = timelineSvg({
      title: 'a < b',
      seconds: 20,
      faults: [
        { lane: 'broker', fromS: 1, toS: 3, text: 'broker 1: kill' },
        { lane: 'gateway 0', fromS: 2, toS: 2, text: 'gateway 0: kill' },
      ],
      charts: [
        {
          label: 'waiting',
          points: [
            [0, 0],
            [10, 50],
            [20, 0],
          ],
        },
      ],
    });
    expect(svg).toContain('a &lt; b');
    expect(svg.match(/<rect[^>]*><title>/g)).toHaveLength(2);
    expect(svg.match(/<polyline/g)).toHaveLength(1);
  });
});
