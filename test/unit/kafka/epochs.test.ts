import { describe, expect, it } from 'vitest';
import { epochLines, withEpochLines } from '../../../src/kafka/client/epochs.js';

const IDEMPOTENT = { 'enable.idempotence': true };
const ASKED = { ...IDEMPOTENT, debug: 'broker' };

/** Lines as librdkafka 2.15 writes them: what they mean, facility, text. */
const LINES: ReadonlyArray<readonly [readonly string[], string, string]> = [
  [
    ['retry telemetry'],
    'DRAIN',
    '[thrd:127.0.0.1:43105/1]: telemetry [0] beginning partition drain: drain before retrying',
  ],
  [
    ['retry a_b-c.d'],
    'DRAIN',
    '[thrd:ssl://k:9093/1]: a_b-c.d [12] beginning partition drain: wait for outstanding requests to finish before producing to new leader',
  ],
  [
    [],
    'DRAIN',
    '[thrd:127.0.0.1:43105/1]: Beginning partition drain in state Assigned for PID{Id:241216000,Epoch:0} epoch bump for 1 partition(s) with in-flight requests: skipped sequence numbers',
  ],
  [
    ['epoch'],
    'DRAIN',
    '[thrd:127.0.0.1:43105/1]: All partitions drained, bumped epoch to PID{Id:241216000,Epoch:1}',
  ],
  [['epoch'], 'DRAIN', '[thrd:main]: All partitions drained'],
  [
    [],
    'NEWPID',
    '[thrd:127.0.0.1:43105/1]: topic-b [0] changed PID{Invalid} -> PID{Id:241216000,Epoch:0} with base MsgId 1',
  ],
];

function reader(properties: Parameters<typeof epochLines>[0]) {
  const told: string[] = [];
  const takes = epochLines(properties, {
    onRetry: (topic) => told.push(`retry ${topic}`),
    onNewEpoch: () => told.push('epoch'),
  });
  return { told, takes };
}

describe('what librdkafka logs of its epochs', () => {
  it.each(LINES)('given %j, then that is told', (expected, fac, message) => {
    const { told, takes } = reader(IDEMPOTENT);
    takes({ severity: 7, fac, message });
    expect(told).toEqual(expected);
  });

  it.each([
    ['nothing', IDEMPOTENT, [3, 6]],
    ['a debug log', ASKED, [3, 6, 7]],
    ['a debug log of nothing', { ...IDEMPOTENT, debug: '' }, [3, 6]],
    ['few lines', { ...IDEMPOTENT, log_level: 4 }, [3]],
  ])('given that the user asked for %s, then other lines are nobody’s', (_, properties, expected) => {
    const { takes } = reader(properties);
    const passed = [3, 6, 7].filter((severity) => !takes({ severity, fac: 'NEWPID', message: 'a line' }));
    expect(passed).toEqual(expected);
  });

  it('given a new epoch, then others are told of it and of its reason, and not of each partition that waits', () => {
    const { takes } = reader(IDEMPOTENT);
    const passed = LINES.filter(([, fac, message]) => !takes({ severity: 7, fac, message }));
    expect(passed.map(([, , message]) => message.split(' ').slice(1, 4).join(' '))).toEqual([
      'Beginning partition drain',
      'All partitions drained,',
      'All partitions drained',
    ]);
  });

  it.each([
    [IDEMPOTENT, 'eos'],
    [ASKED, 'broker,eos'],
    [{ ...IDEMPOTENT, debug: '' }, 'eos'],
    [{ 'enable.idempotence': false }, undefined],
    [{ 'enable.idempotence': false, debug: 'topic' }, 'topic'],
  ])('given %j, then it is asked for %s', (properties, expected) => {
    expect(withEpochLines(properties)['debug']).toBe(expected);
  });
});
