/** What became of a record → receipt or typed error. Pure. */
import { ERROR_TABLE, DeliveryError, NorthwardError, type ErrorCode } from '../../api/errors.js';
import type { DeliveryFailure } from '../../kafka/port/ports.js';
import type { DeliveredReceipt } from '../../api/uplink.js';
import type { ProducerLink } from './limits.js';
import type { Pending, TopicQueue } from './pending.js';

/** The receipt of a message whose report says that it arrived. */
export function receiptOf(pending: Pending): DeliveredReceipt {
  const receipt = {
    status: 'delivered' as const,
    topic: pending.topic,
    partition: pending.partition,
    offset: pending.offset,
    timestampMs: pending.timestampMs,
  };
  const whole = pending.events > 1 ? { ...receipt, packed: pending.events } : receipt;
  return pending.resent ? { ...whole, maybeDuplicate: true } : whole;
}

/** An error that names the message: topic, kind, device. */
export function errorFor(
  pending: Pending,
  code: ErrorCode,
  detail: string,
  cause?: unknown,
  hint = hintFor(code, cause),
): DeliveryError {
  const { kind } = pending;
  const topic = pending.topic === '' ? undefined : pending.topic;
  if (kind === 'dead_letter' || kind === 'data_gap') {
    const name = kind.replace('_', ' ');
    return new DeliveryError(code, `${name} to topic ${topic ?? '?'}: ${detail}`, { topic, cause, hint });
  }
  const device = pending.deviceName === '' ? String(pending.deviceId) : pending.deviceName;
  const deviceId = pending.deviceId ?? undefined;
  return new DeliveryError(code, `${kind} of device ${device} to topic ${topic ?? '?'}: ${detail}`, {
    topic,
    kind,
    deviceId,
    deviceName: pending.deviceName,
    cause,
    hint,
  });
}

/** What fixes the connection brings the message through, too. */
function hintFor(code: ErrorCode, cause: unknown): string | undefined {
  return code === 'DELIVERY_TIMEOUT' && cause instanceof NorthwardError ? cause.hint : undefined;
}

/** A topic that is missing or forbidden, whatever message found it out. */
export function topicFault({ code, topic, hint }: NorthwardError): DeliveryError {
  return new DeliveryError(code, `topic ${topic ?? '?'}: ${ERROR_TABLE[code].meaning}`, { topic, hint });
}

/** A missing topic that was to be made, and is not. @param rival a topic that it collides with */
export function notMade(topic: string, because: string, rival: string | undefined): DeliveryError {
  const hint =
    'Change topics.partitions, topics.replicationFactor, topics.retentionMs or the right CREATE as the brokers say, or make the topic by hand.';
  const text = `topic ${topic}: it does not exist, and is not made: ${because}`;
  return new DeliveryError('TOPIC_NOT_FOUND', text, {
    topic,
    hint: rival === undefined ? hint : collision(rival),
  });
}

/** A topic that does not answer, while others do. */
export function silent(topic: string, ms: number): DeliveryError {
  const text = `topic ${topic}: nothing is acknowledged for ${ms} ms, while other topics are; its messages wait in the store`;
  const hint =
    'Most often a partition of it has no leader, or too few replicas in sync. Once a message is acknowledged, the others follow.';
  return new DeliveryError('DELIVERY_TIMEOUT', text, { topic, hint });
}

/** A topic of which nothing is acknowledged, where no other one shows whether that is its fault. */
export function standing({ topic, messages }: TopicQueue, ms: number): DeliveryError {
  const seconds = Math.round(ms / 1_000);
  const text = `topic ${topic}: ${messages} messages wait, and none is acknowledged for ${seconds} s, though a broker answers`;
  const hint =
    'Most often a partition of it has no leader, or too few replicas in sync: ask the brokers about the topic. The store keeps its messages; once one is acknowledged, the others follow.';
  return new DeliveryError('DELIVERY_TIMEOUT', text, { topic, hint });
}

/** Of a message whose report is there; `null`: it arrived. @param offsetsTold brokers tell where they stored a record */
export function reportedError(
  pending: Pending,
  queue: TopicQueue,
  offsetsTold: boolean,
  link: ProducerLink,
): NorthwardError | null {
  const { failure } = pending;
  if (failure !== null) return deliveryFailed(pending, failure, link.because, link.rivalOf(pending.topic));
  return offsetsTold && queue.firstOffsets.isGuess(pending) ? withoutOffset(pending) : null;
}

/**
 * The error of a message whose report says that it did not arrive.
 *
 * @param because why the connection fails, if it does
 * @param rival a topic that its own one collides with
 */
function deliveryFailed(
  pending: Pending,
  failure: DeliveryFailure,
  because?: NorthwardError,
  rival?: string,
): DeliveryError {
  const { code, refusal, origin } = failure;
  const reason = (pending.together === 1 ? refusal?.ownReason : refusal?.reason) ?? because?.message;
  const shown = reason === undefined ? '' : ` (${reason})`;
  const detail = `${ERROR_TABLE[code].meaning}${shown} [${origin}]`;
  const collides = code === 'TOPIC_NOT_FOUND' && rival !== undefined ? collision(rival) : undefined;
  return errorFor(pending, code, detail, because, refusal?.hint ?? collides);
}

function collision(rival: string): string {
  return (
    `Kafka does not make this topic beside ${rival}: it takes "." and "_" in names of topics for the same. ` +
    'Set uplink.topicPolicy to sanitize_hash, or change the template or the name of a device.'
  );
}

/** The error of a message that librdkafka takes for delivered, while nothing shows that it arrived. */
function withoutOffset(pending: Pending): DeliveryError {
  const detail =
    'a broker refused it for a moment, when it was among the first of its partition; a later one is stored, this one perhaps not';
  const hint =
    'Publishing it again may double it, and puts it behind later ones. uplink.producer.maxInflight 1 rules this out.';
  return errorFor(pending, 'DELIVERY_UNKNOWN', detail, undefined, hint);
}

/** The error of a message that a client held when it died (`onFatal: fail`). */
export function clientDied(pending: Pending): DeliveryError {
  const detail = 'the client died, or was made again, before its report came';
  return errorFor(pending, 'DELIVERY_UNKNOWN', detail);
}

/** The error of a message that waited here for too long. */
export function timedOut(pending: Pending, limitMs: number, because?: NorthwardError): DeliveryError {
  const what = pending.resent ? 'not acknowledged, though it may have arrived,' : 'not sent';
  const reason = because === undefined ? '' : `: ${because.message}`;
  const detail = `${what} within messageTimeoutMs (${limitMs} ms)${reason}`;
  return errorFor(pending, 'DELIVERY_TIMEOUT', detail, because);
}
