import { describe, expect, it } from 'vitest';
import { deliveryFailure, RD } from '../../../src/kafka/port/codes.js';
import type { DeliveryFailure, ProduceAnswer } from '../../../src/kafka/port/ports.js';
import { safeLogger } from '../../../src/core/host-call.js';
import { LossLog } from '../../../src/observability/loss-log.js';
import { UplinkCounters } from '../../../src/observability/counters.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { MemoryProducers, type Handed } from '../../../src/testing/memory-producer.js';
import { createMemoryNorthward } from '../../../src/testing/index.js';
import { Outbox } from '../../../src/uplink/delivery/outbox.js';
import { Outcomes } from '../../../src/uplink/delivery/outcomes.js';
import { errorFor } from '../../../src/uplink/delivery/receipts.js';
import { UndeliveredEvents } from '../../../src/uplink/delivery/undelivered.js';
import { reading, rejection } from '../../support/memory-northward.js';

const ASK_EVERY_MS = 3_000;
const MESSAGE_TIMEOUT_MS = 30_000;

/** A broker whose topics come and go. */
class Topics extends MemoryProducers {
  readonly handed: string[] = [];
  exists = true;
  override take(record: Handed): ProduceAnswer {
    this.handed.push(record.topic);
    return super.take(record);
  }
  protected override outcomeOf(): DeliveryFailure | null {
    return this.exists ? null : deliveryFailure(RD.UNKNOWN_TOPIC_OR_PART);
  }
}

/** An outbox whose questions about topics are answered by the test. */
async function outbox() {
  const clock = new MemoryClock(0);
  const producers = new Topics({ clock });
  const asked: string[] = [];
  const outcomes: string[] = [];
  const losses = new LossLog(safeLogger(undefined), clock);
  const box = new Outbox(
    {
      maxMessages: 100,
      maxBytes: 1_000_000,
      whenFull: 'reject',
      waitMs: 1,
      messageTimeoutMs: MESSAGE_TIMEOUT_MS,
      maxMessageBytes: 1_000,
      onFatal: 'resend',
      offsetsTold: true,
      noReportMs: 5_000,
      makesTopics: false,
    },
    clock,
    new Outcomes(new UplinkCounters(), losses, new UndeliveredEvents(clock, () => null)),
    {
      connected: true,
      because: undefined,
      rivalOf: () => undefined,
      fatal: () => undefined,
      renewClient: () => undefined,
      askTopic: (topic) => asked.push(topic),
      progress: () => undefined,
      noReports: () => undefined,
      onTopicFault: () => undefined,
      topicTakes: () => undefined,
    },
  );
  const port = await producers.open({
    onReport: (...report) => {
      box.report(...report);
    },
    onTakes: () => undefined,
    onReturned: () => undefined,
    onRetry: () => undefined,
    onNewEpoch: () => undefined,
    onCause: () => undefined,
    onAllBrokersDown: () => undefined,
    onFatal: () => undefined,
    onLog: () => undefined,
  });
  box.attach(port);
  const publish = (): void => {
    const pending = box.take();
    pending.owner = {
      delivered: () => outcomes.push('delivered'),
      failed: (_, error) => outcomes.push(error.code),
    };
    pending.topic = 't';
    pending.value = Buffer.from('x');
    pending.timestampMs = 1;
    box.submit(pending);
  };
  return { box, clock, producers, asked, outcomes, publish };
}

/** The topic is missing, and that is known. */
async function missing() {
  const parts = await outbox();
  parts.producers.exists = false;
  parts.publish();
  await parts.clock.settle();
  expect(parts.outcomes.splice(0)).toEqual(['TOPIC_NOT_FOUND']);
  parts.producers.handed.length = 0;
  return parts;
}

describe('§7.3 a topic that was missing', () => {
  it('given a publish within the interval, then it ends at once and nobody is asked', async () => {
    const { publish, clock, asked, outcomes, producers } = await missing();
    await clock.advance(ASK_EVERY_MS - 1);
    publish();
    expect(outcomes).toEqual(['TOPIC_NOT_FOUND']);
    expect([asked, producers.handed]).toEqual([[], []]);
  });

  it('given the topic was made, and a publish 30 s later, then it is asked about first, and the message is sent', async () => {
    const { box, publish, clock, asked, outcomes, producers } = await missing();
    producers.exists = true;
    await clock.advance(30_000);
    for (let n = 0; n < 3; n += 1) publish();
    await clock.settle();
    expect([asked, outcomes, producers.handed]).toEqual([['t'], [], []]);
    box.topicAnswer('t', true);
    await clock.settle();
    expect(outcomes).toEqual(['delivered', 'delivered', 'delivered']);
  });

  it('given it is still missing, then what waited for the answer ends with it, and the next interval begins', async () => {
    const { box, publish, clock, asked, outcomes, producers } = await missing();
    await clock.advance(ASK_EVERY_MS);
    for (let n = 0; n < 3; n += 1) publish();
    box.topicAnswer('t', false);
    expect(outcomes.splice(0)).toEqual(['TOPIC_NOT_FOUND', 'TOPIC_NOT_FOUND', 'TOPIC_NOT_FOUND']);
    publish();
    expect(outcomes).toEqual(['TOPIC_NOT_FOUND']);
    await clock.settle();
    expect([asked, producers.handed]).toEqual([['t'], []]);
  });

  it('given no answer, then it is asked again, and the messages wait for as long as others do', async () => {
    const { box, publish, clock, asked, outcomes, producers } = await missing();
    await clock.advance(ASK_EVERY_MS);
    publish();
    box.topicAnswer('t', null);
    await clock.advance(ASK_EVERY_MS);
    expect([asked, outcomes, producers.handed]).toEqual([['t', 't'], [], []]);
    box.topicAnswer('t', null);
    await clock.advance(MESSAGE_TIMEOUT_MS);
    expect(outcomes).toEqual(['DELIVERY_TIMEOUT']);
    const questions = asked.length;
    box.topicAnswer('t', null);
    await clock.advance(10 * ASK_EVERY_MS);
    // Nothing waits any more: the next message asks.
    expect(asked).toHaveLength(questions);
    publish();
    expect(asked).toHaveLength(questions + 1);
    box.topicAnswer('t', true);
    producers.exists = true;
    await clock.settle();
    expect(outcomes).toEqual(['DELIVERY_TIMEOUT', 'delivered']);
  });

  it('given close() while a question is open, then no timer is left', async () => {
    const { box, publish, clock, asked } = await missing();
    await clock.advance(ASK_EVERY_MS);
    publish();
    box.topicAnswer('t', null);
    box.giveUp((pending) => errorFor(pending, 'STOPPED', 'closed'));
    box.close();
    expect(clock.nextDue).toBeNull();
    await clock.advance(10 * ASK_EVERY_MS);
    expect(asked).toEqual(['t']);
  });

  it('given the double, then it is the same there', async () => {
    const northward = createMemoryNorthward();
    await northward.start();
    await northward.ready();
    northward.failNext('TOPIC_NOT_FOUND');
    expect((await rejection(northward.publishTelemetry(reading('a')))).code).toBe('TOPIC_NOT_FOUND');
    const error = await rejection(northward.publishTelemetry(reading('a')));
    expect(error).toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    expect(error.message).toContain('less than 3000 ms ago');
    await northward.advanceTime(30_000);
    expect(await northward.publishTelemetry(reading('a'))).toMatchObject({ status: 'delivered' });
    await northward.stop();
  });
});
