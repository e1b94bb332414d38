import { describe, expect, test } from 'vitest';
import { readNote, writeNote } from '../../../src/downlink/group/log-identity.js';
import { EpochHistory } from '../../../src/downlink/group/log-identity.js';
import { resume, resumeAfter } from '../../../src/downlink/group/log-identity.js';

const at = (offset: number, leaderEpoch: number | null = 0, topicId: string | null = 'a') => ({
  offset,
  leaderEpoch,
  topicId,
});
const log = (low: number, high: number, leaderEpoch: number | null = 0, topicId: string | null = 'a') => ({
  low,
  high,
  leaderEpoch,
  topicId,
});
const goOn = (offset: number, rereadFrom: number | null = null) => ({ offset, reason: null, rereadFrom });
const reset = (offset: number, reason: string) => ({ offset, reason, rereadFrom: null });

describe('§6 where to go on in a log that a committed offset may belong to', () => {
  test.each([
    ['the same log', at(5), log(0, 9), goOn(5)],
    ['the end of it', at(9), log(0, 9), goOn(9)],
    ['removed by retention', at(5), log(7, 9), reset(7, 'retention')],
    ['another topic, in range', at(5), log(0, 9, 0, 'b'), reset(0, 'recreated')],
    ['another topic, shorter', at(20), log(3, 9, 0, 'b'), reset(3, 'recreated')],
    ['same topic, behind its end, no epochs', at(20, null), log(0, 9), reset(9, 'truncated')],
    ['same topic, behind its end, no election', at(20, 0), log(0, 9), reset(9, 'truncated')],
    ['an election since: looked at again', at(5, 0), log(0, 9, 1), goOn(5, 4)],
    ['an election since, behind the end', at(20, 0), log(0, 9, 1), goOn(20, 8)],
    ['an election since, nothing before it is left', at(5, 0), log(5, 9, 1), goOn(5)],
    ['an earlier epoch: put back to an earlier time', at(5, 3), log(0, 9, 1), reset(0, 'unknown')],
    ['brokers without ids, an election since', at(5, 0), log(0, 9, 1, null), goOn(5, 4)],
    ['nothing known, in range', at(5, null, null), log(0, 9), goOn(5)],
    ['nothing known, behind the end', at(20, null, null), log(2, 9), reset(2, 'unknown')],
    ['a broker without ids, behind the end', at(20, 0), log(0, 9, 0, null), reset(0, 'unknown')],
  ])('%s', (_, position, facts, expected) => {
    expect(resume(position, facts)).toEqual(expected);
  });
});

describe('§6 where to go on when the client went back by itself', () => {
  const record = (offset: number, leaderEpoch: number | null) => ({ offset, leaderEpoch, isEnd: false });
  test.each([
    ['another topic', at(5), log(0, 9, 0, 'b'), record(0, 0), reset(0, 'recreated')],
    ['only the id is another one', at(5), log(0, 9, 0, 'b'), null, reset(0, 'recreated')],
    ['same topic: the epochs of the records show it', at(5), log(0, 9, 1), record(3, 1), goOn(5, 3)],
    ['same topic, the end', at(5), log(0, 3, 1), { ...record(3, null), isEnd: true }, reset(3, 'truncated')],
    ['same topic, no epochs', at(5, null), log(0, 9), record(0, null), goOn(5)],
    ['no ids, newer epoch', at(5, 0, null), log(0, 9, 1, null), record(3, 1), reset(3, 'truncated')],
    ['no ids, same epoch', at(5, 0, null), log(0, 9, 0, null), record(0, 0), reset(0, 'unknown')],
    ['same topic, put back', at(5, 3), log(0, 9, 1), record(0, 1), reset(0, 'unknown')],
  ])('%s', (_, position, facts, surprise, expected) => {
    expect(resumeAfter(position, facts, surprise)).toEqual(expected);
  });
});

describe('§6 what a commit notes', () => {
  const place = (partition: number) => ({ topic: 't', partition });

  test('given a note, then it is read as it was written; anything else is none', () => {
    expect(readNote(writeNote(place(1), 3, 'VarNoXH8RSCvdRUish6pdA'))).toEqual({
      partitions: 3,
      topicId: 'VarNoXH8RSCvdRUish6pdA',
    });
    expect(readNote('partitions=3')).toEqual({ partitions: 3, topicId: null });
    for (const other of [
      '',
      'x',
      'partitions=',
      'partitions=3 ',
      'partitions=3 topic=',
      'partitions=3 topic=a b',
    ])
      expect(readNote(other)).toEqual({ partitions: null, topicId: null });
  });

  test('given a topic with several partitions, then partition 0 has the note that version 0.1.0 can read', () => {
    const ofVersion010 = /^partitions=(\d{1,9})$/;
    expect(ofVersion010.exec(writeNote(place(0), 3, 'id'))?.[1]).toBe('3');
    expect(writeNote(place(1), 3, 'id')).toBe('partitions=3 topic=id');
    expect(writeNote(place(0), 1, 'id')).toBe('partitions=1 topic=id');
    expect(writeNote(place(0), 1, null)).toBe('partitions=1');
  });
});

test('§6 given elections, then a mark goes with the epoch of the record before it', () => {
  const history = new EpochHistory(2);
  history.note(10, 3);
  history.note(20, 5);
  expect(history.before(10)).toBe(2);
  expect(history.before(11)).toBe(3);
  expect(history.before(20)).toBe(3);
  expect(history.before(99)).toBe(5);
  for (let n = 0; n < 200; n += 1) history.note(100 + n, 6 + n);
  expect(history.before(100)).toBeNull();
  expect(history.before(300)).toBe(205);
});
