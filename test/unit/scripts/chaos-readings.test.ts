import { describe, expect, it } from 'vitest';
import { commandLog, uplinkLog } from '../../../scripts/chaos/oracle/dumps.mjs';
import { describedId, parseCommits, type TopicDump } from '../../../scripts/chaos/oracle/read.mjs';

function dump(records: Partial<TopicDump['records'][number]>[], topicId = 'id'): TopicDump {
  const bare = { topic: 't', partition: 0, timestampMs: 1, timestampType: 'CreateTime' as const };
  const whole = records.map((each, offset) => ({
    ...bare,
    offset,
    key: Buffer.from('k'),
    headers: [],
    value: null,
    ...each,
  }));
  return { topic: 't', topicId, ends: new Map([[0, whole.length]]), records: whole };
}

const value = (text: string): { value: Buffer } => ({ value: Buffer.from(text) });

describe('what Kafka tells of commits', () => {
  const offsets = (group: string, offset: number | null): string =>
    JSON.stringify({
      key: { type: 1, data: { group, topic: 't', partition: 2 } },
      value:
        offset === null
          ? null
          : { version: 4, data: { offset, metadata: '}{"key":', commitTimestamp: 7, topicId: 'id' } },
    });

  it('is taken apart where one object ends and the next begins, of the group alone', () => {
    const printed = [offsets('g', 1), offsets('other', 5), offsets('g', 9), offsets('g', null)].join('');
    const commit = { topic: 't', partition: 2, topicId: 'id', atMs: 7 };
    expect(parseCommits(printed, 'g')).toEqual([
      { ...commit, offset: 1 },
      { ...commit, offset: 9 },
    ]);
    expect(parseCommits(`${offsets('g', 1)}\n${offsets('g', 9)}\n`, 'g')).toHaveLength(2);
    expect(parseCommits('\n', 'g')).toEqual([]);
  });
});

describe('what a topic held', () => {
  it('is the numbers and ids of messages', () => {
    const headers = [
      ['message_id', Buffer.from('s-1-1')],
      ['replayed', Buffer.from('true')],
    ] as const;
    const { records } = uplinkLog(
      dump([
        { headers, ...value('{"metadata":{"n":12}}') },
        { key: null, headers: [] },
      ]),
    );
    expect(records).toEqual([
      { partition: 0, offset: 0, key: 'k', id: 's-1-1', replayed: true, n: 12 },
      { partition: 0, offset: 1, key: '', id: null, replayed: false, n: NaN },
    ]);
  });

  it('is commands: those that count, and those of aborted transactions', () => {
    const all = dump([
      value('{"request_id":"a"}'),
      value('{"request_id": "b"}'),
      value('{"command_id":"c"}'),
    ]);
    const committed = { ...all, records: all.records.filter(({ offset }) => offset !== 1) };
    const log = commandLog(committed, all);
    expect(log.records.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(log.aborted.map(({ id }) => id)).toEqual(['b']);
    expect(commandLog(all)).toMatchObject({ aborted: [] });
  });

  it('is refused where two reads are about two topics of one name, and where something is no command', () => {
    const one = dump([value('{"request_id":"a"}')]);
    expect(() => commandLog(one, dump([], 'other'))).toThrow('t was created again between two reads');
    expect(() => commandLog(dump([value('{"n":1}')]))).toThrow('no command at t 0 0: {"n":1}');
  });
});

describe('what Kafka tells of a topic', () => {
  const described = 'Topic: t\tTopicId: w_1-x\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: \n';

  it('is its id, where all of its partitions have an end', () => {
    const both = new Map([
      [0, 5],
      [1, 0],
    ]);
    expect(describedId(described, both)).toBe('w_1-x');
    expect(() => describedId(described, new Map([[1, 0]]))).toThrow('the ends of 1 partitions of 2');
    expect(() => describedId('Error', both)).toThrow('does not tell the id');
  });
});
