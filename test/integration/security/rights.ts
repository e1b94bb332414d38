/** Rights that are missing, and granted later: what is told, in which state, and that it recovers. */
import { describe, expect, it } from 'vitest';
import { HINTS } from '../../../src/kafka/watch/causes.js';
import { rejection } from '../../support/memory-northward.js';
import { FORBIDDEN_TOPIC, SECRETS, type SecureKafka } from '../../support/secure-kafka.js';
import { user } from './connections.js';
import { tell, Watched } from './watched.js';

const CONSUMER = user('plain', 'consumer', SECRETS.consumer);

interface ReadingCase {
  readonly what: string;
  /** Name of the group and of the topic. */
  readonly name: string;
  /** Granted from the beginning. */
  readonly before: ReadonlyArray<readonly [resource: '--topic' | '--group', ...operations: string[]]>;
  readonly missing: readonly [resource: '--topic' | '--group', ...operations: string[]];
  readonly code: string;
  readonly hint: RegExp;
}

const READING: readonly ReadingCase[] = [
  {
    what: 'READ on the group',
    name: 'rights.group',
    before: [['--topic', 'Read', 'Describe']],
    missing: ['--group', 'Read'],
    code: 'AUTHORIZATION_FAILED',
    hint: /READ on the consumer group \(downlink\.groupId\)/,
  },
  {
    what: 'all rights on the topic',
    name: 'rights.topic',
    before: [['--group', 'Read']],
    missing: ['--topic', 'Read', 'Describe'],
    code: 'TOPIC_FORBIDDEN',
    hint: /READ and DESCRIBE on the downlink topics/,
  },
  {
    what: 'READ on the topic, which may be described',
    name: 'rights.read',
    before: [
      ['--group', 'Read'],
      ['--topic', 'Describe'],
    ],
    missing: ['--topic', 'Read'],
    code: 'TOPIC_FORBIDDEN',
    hint: /READ and DESCRIBE on the downlink topics/,
  },
];

function describeReading(kafka: () => SecureKafka): void {
  it.each(READING)('given a downlink without $what, then it is failed, and recovers', async (expected) => {
    const { what, name, before, missing, code, hint } = expected;
    await kafka().kafka.createTopic(name);
    const grant = ([resource, ...operations]: readonly [string, ...string[]]): Promise<void> =>
      kafka().allow('consumer', [resource, name], ...operations);
    for (const each of before) await grant(each);
    const downlink = { groupId: name, writePoint: { enabled: true, topic: name } };
    const watched = new Watched(kafka().at('sasl'), CONSUMER, { sides: ['downlink'], downlink });
    await watched.northward.start();
    const error = await watched.error(code);
    tell(`${what}: ${code}`, watched.ms);
    await watched.state('downlink', 'failed');
    expect(error).toMatchObject({ retryable: true, hint: expect.stringMatching(hint) as string });
    expect(error.message).toContain(name);
    const ready = await rejection(watched.northward.ready({ timeoutMs: 50 }));
    expect(ready).toMatchObject({ code: 'READY_TIMEOUT', hint: error.hint, cause: { code } });
    await grant(missing);
    watched.restartClock();
    await watched.state('downlink', 'connected');
    tell(`${what}: granted, connected`, watched.ms);
    await watched.untilExecuted(kafka(), name);
    tell(`${what}: granted, executed`, watched.ms);
    await watched.stop();
  });
}

function describeTakenAway(kafka: () => SecureKafka): void {
  it('given a downlink that works, when READ on the topic is taken away, then it is failed, and recovers without a record', async () => {
    const name = 'rights.taken';
    await kafka().kafka.createTopic(name);
    await kafka().allow('consumer', ['--topic', name, '--group', name], 'Read', 'Describe');
    const downlink = { groupId: name, writePoint: { enabled: true, topic: name } };
    const watched = new Watched(kafka().at('sasl'), CONSUMER, { sides: ['downlink'], downlink });
    await watched.northward.start();
    await watched.untilExecuted(kafka(), name);
    await kafka().revoke('consumer', ['--topic', name], 'Read');
    watched.restartClock();
    await watched.error('TOPIC_FORBIDDEN');
    tell('READ on the topic: taken away, TOPIC_FORBIDDEN', watched.ms);
    await watched.state('downlink', 'failed');
    await kafka().allow('consumer', ['--topic', name], 'Read');
    watched.restartClock();
    await watched.state('downlink', 'connected');
    tell('READ on the topic: granted again, connected', watched.ms);
    await watched.untilExecuted(kafka(), name);
    await watched.stop();
  });
}

function describeWriting(kafka: () => SecureKafka): void {
  it('given no WRITE on a topic, then its messages fail and the connection is well, until it is granted', async () => {
    const security = user('plain', 'plain', SECRETS.plain);
    const watched = new Watched(kafka().at('sasl'), security, { sides: ['uplink'], topic: FORBIDDEN_TOPIC });
    await watched.northward.start();
    const denied = { code: 'TOPIC_FORBIDDEN', topic: FORBIDDEN_TOPIC, retryable: true };
    expect(await rejection(watched.publish())).toMatchObject(denied);
    await watched.error('TOPIC_FORBIDDEN');
    await watched.northward.ready();
    await kafka().allow('plain', ['--topic', FORBIDDEN_TOPIC], 'Write', 'Describe');
    watched.restartClock();
    await watched.untilDelivered();
    tell('WRITE on a topic: granted, delivered', watched.ms);
    await watched.stop();
  });

  it('given no right to be idempotent, then the uplink is failed and commands are executed, until it is granted', async () => {
    const name = 'rights.idempotence';
    await kafka().kafka.createTopic(name);
    await kafka().allow('reader', ['--topic', name, '--group', name], 'Read', 'Describe');
    const downlink = { groupId: name, writePoint: { enabled: true, topic: name } };
    const security = user('plain', 'reader', SECRETS.reader);
    const watched = new Watched(kafka().at('sasl'), security, { topic: name, downlink });
    await watched.northward.start();
    const error = await watched.error('AUTHORIZATION_FAILED');
    tell('the right to be idempotent: AUTHORIZATION_FAILED', watched.ms);
    expect(error.hint).toBe(HINTS.idempotence);
    await watched.untilExecuted(kafka(), name);
    expect(watched.northward.states).toEqual({ uplink: 'failed', downlink: 'connected' });
    const ready = await rejection(watched.northward.ready({ timeoutMs: 50 }));
    expect(ready).toMatchObject({ code: 'READY_TIMEOUT', cause: { code: 'AUTHORIZATION_FAILED' } });
    await kafka().allow('reader', ['--topic', name], 'Write');
    watched.restartClock();
    await watched.untilDelivered();
    tell('the right to be idempotent: granted, delivered', watched.ms);
    expect(watched.northward.states.uplink).toBe('connected');
    // It does not flicker between the two while it is tried again.
    expect(watched.states.filter((state) => state === 'failed')).toHaveLength(1);
    await watched.stop();
  });
}

export function describeRights(kafka: () => SecureKafka): void {
  describe('§6.9 §7.4 rights', () => {
    describeReading(kafka);
    describeTakenAway(kafka);
    describeWriting(kafka);
  });
}
