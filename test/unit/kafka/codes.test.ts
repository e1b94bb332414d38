import kafka from '@confluentinc/kafka-javascript';
import { describe, expect, test } from 'vitest';
import { ERROR_TABLE } from '../../../src/api/errors.js';
import { troubleOf } from '../../../src/downlink/group/trouble.js';
import { RD, commitAnswer, consumeFailure, deliveryFailure } from '../../../src/kafka/port/codes.js';

/** The native client's own list: name → number. */
const NATIVE: Readonly<Record<string, number>> = kafka.CODES.ERRORS;

const READING = { groupId: 'g', topics: ['a', 'b'] };

/** Errors that librdkafka finds by itself have two underscores, those that a broker sends one. */
function nativeName(name: string, number: number): string {
  return `${number < RD.UNKNOWN ? 'ERR__' : 'ERR_'}${name}`;
}

describe('the numbers of librdkafka', () => {
  test.each(Object.entries(RD))('%s means to the native client what it means here', (name, number) => {
    expect(NATIVE).toHaveProperty([nativeName(name, number)], number);
  });
});

describe('§7 the code of a delivery that failed', () => {
  test.each([
    ['ERR__MSG_TIMED_OUT', 'DELIVERY_TIMEOUT', null, false],
    ['ERR__UNKNOWN_TOPIC', 'TOPIC_NOT_FOUND', null, false],
    ['ERR__UNKNOWN_PARTITION', 'TOPIC_NOT_FOUND', null, false],
    ['ERR_UNKNOWN_TOPIC_OR_PART', 'TOPIC_NOT_FOUND', null, false],
    ['ERR_TOPIC_AUTHORIZATION_FAILED', 'TOPIC_FORBIDDEN', null, false],
    ['ERR_CLUSTER_AUTHORIZATION_FAILED', 'AUTHORIZATION_FAILED', null, false],
    ['ERR_MSG_SIZE_TOO_LARGE', 'MESSAGE_TOO_LARGE', null, false],
    ['ERR_RECORD_LIST_TOO_LARGE', 'MESSAGE_TOO_LARGE', null, false],
    ['ERR_INVALID_RECORD', 'DELIVERY_FAILED', 'record', false],
    ['ERR_INVALID_TIMESTAMP', 'DELIVERY_FAILED', 'timestamp', false],
    ['ERR__FATAL', 'DELIVERY_FAILED', null, true],
    ['ERR__PURGE_QUEUE', 'DELIVERY_FAILED', null, true],
    ['ERR__PURGE_INFLIGHT', 'DELIVERY_FAILED', null, true],
    ['ERR__DESTROY', 'DELIVERY_FAILED', null, true],
    ['ERR_NOT_ENOUGH_REPLICAS', 'DELIVERY_FAILED', null, false],
  ])('%s of the native client is %s', (name, code, because, diedWithClient) => {
    const failure = deliveryFailure(NATIVE[name]!);
    expect([failure.code, failure.refusal?.because ?? null, failure.diedWithClient]).toEqual([
      code,
      because,
      diedWithClient,
    ]);
  });
});

describe('every number of the native client', () => {
  test.each(Object.entries(NATIVE))(
    '%s (%d) ends in a code of the table, and the number is told',
    (_, number) => {
      const failure = deliveryFailure(number);
      expect(ERROR_TABLE).toHaveProperty([failure.code]);
      expect(failure.origin).toBe(`librdkafka ${number}`);
      // One object a number: a queue of failed records holds no list of causes.
      expect(deliveryFailure(number)).toBe(failure);
      const error = troubleOf(consumeFailure(number, 'words of the broker'), READING)?.error;
      // None: the connection tells it.
      const told = error === undefined ? [] : [error.message];
      expect(told.every((message) => message.includes(`[librdkafka ${number}]`))).toBe(true);
    },
  );

  test('the consumer leaves to the connection what the connection tells, and nothing else', () => {
    const left = Object.entries(NATIVE).filter(
      ([, number]) => troubleOf(consumeFailure(number, ''), READING) === null,
    );
    expect(left.map(([name]) => name).sort()).toEqual([
      'ERR__ALL_BROKERS_DOWN',
      'ERR__AUTHENTICATION',
      'ERR__RESOLVE',
      'ERR__TRANSPORT',
    ]);
  });
});

describe('§6 what a consumer tells instead of records', () => {
  test.each([
    ['ERR_UNKNOWN_TOPIC_OR_PART', 'TOPIC_NOT_FOUND'],
    ['ERR__UNKNOWN_TOPIC', 'TOPIC_NOT_FOUND'],
    ['ERR_TOPIC_AUTHORIZATION_FAILED', 'TOPIC_FORBIDDEN'],
    ['ERR_GROUP_AUTHORIZATION_FAILED', 'AUTHORIZATION_FAILED'],
    ['ERR_CLUSTER_AUTHORIZATION_FAILED', 'AUTHORIZATION_FAILED'],
    ['ERR_INCONSISTENT_GROUP_PROTOCOL', 'GROUP_PROTOCOL_MISMATCH'],
    ['ERR__FATAL', 'CONSUMER_FATAL'],
    ['ERR__MAX_POLL_EXCEEDED', 'CONSUME_FAILED'],
  ])('%s of the native client is %s', (name, code) => {
    const number = NATIVE[name]!;
    const origin = `librdkafka ${number}`;
    expect(consumeFailure(number, 'why')).toEqual({ code, message: 'why', names: [], origin });
  });

  test('what its text names is told, the topic among it', () => {
    const message = 'Subscribed topic not available: plant-1.down_link: Broker: Topic authorization failed';
    const { names } = consumeFailure(RD.TOPIC_AUTHORIZATION_FAILED, message);
    expect(names).toEqual(['plant-1.down_link', 'Broker']);
  });
});

describe('§6 what became of a request to commit', () => {
  test.each([
    ['ERR_NO_ERROR', 2, 'committed', true],
    ['ERR__NO_OFFSET', 2, 'committed', true],
    ['ERR__TRANSPORT', 2, 'failed', false],
    ['ERR__TIMED_OUT', 1, 'failed', false],
    ['ERR_NOT_COORDINATOR', 1, 'failed', true],
    ['ERR_NOT_COORDINATOR', 2, 'failed', true],
    ['ERR_TOPIC_AUTHORIZATION_FAILED', 1, 'refused', true],
    ['ERR_TOPIC_AUTHORIZATION_FAILED', 2, 'unclear', true],
    ['ERR_OFFSET_METADATA_TOO_LARGE', 1, 'refused', true],
  ])('%s of the native client, for %i partition(s), is %s', (name, partitions, outcome, fromBroker) => {
    const number = NATIVE[name]!;
    expect(commitAnswer(number, partitions)).toEqual({
      outcome,
      fromBroker,
      topicForbidden: name === 'ERR_TOPIC_AUTHORIZATION_FAILED',
      origin: `librdkafka ${number}`,
    });
  });
});
