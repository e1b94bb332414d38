/** The rules of `payload.pack`: what may share a record, and bounds that a record with several events has to keep. */
import { isReplyKind, UPLINK_KINDS, UPLINK_SLOT_OF, type UplinkSlot } from '../../api/kinds.js';
import type { ResolvedConfig, ResolvedPacking } from '../resolved-config.js';
import { refuse, type Finding, type RuleInput } from './finding.js';
import { isUsed } from './uplink.js';

const REPLIES: ReadonlySet<UplinkSlot> = new Set(
  UPLINK_KINDS.filter(isReplyKind).map((kind) => UPLINK_SLOT_OF[kind]),
);

/** A bound of the packing, and the field that it must not pass. */
interface Bound {
  readonly field: keyof ResolvedPacking;
  readonly most: number;
  readonly of: string;
}

export function packingRule({ config }: RuleInput): Finding[] {
  return UPLINK_KINDS.map((kind) => UPLINK_SLOT_OF[kind])
    .filter((slot) => isUsed(slot, config))
    .flatMap((slot) => packingFindings(slot, config));
}

function packingFindings(slot: UplinkSlot, config: ResolvedConfig): Finding[] {
  const { payload } = config.uplink[slot];
  const pack = payload.mode === 'envelope_json' ? null : payload.pack;
  if (pack === null) return [];
  const at = `uplink.${slot}.payload.pack`;
  if (REPLIES.has(slot)) {
    const expected = 'null, because a response is found by its request id: each needs a record of its own';
    return [refuse(at, `expected ${expected}`, { expected, found: 'an object' })];
  }
  return boundsOf(config).flatMap(({ field, most, of }) => {
    const value = pack[field];
    if (value <= most) return [];
    const expected = `at most ${most}, as ${of} says`;
    const message = `expected ${expected}; found ${value}`;
    return [refuse(`${at}.${field}`, message, { expected, found: String(value), reads: [of] })];
  });
}

function boundsOf({ uplink, connection }: ResolvedConfig): Bound[] {
  const { maxMessages, maxBytes } = uplink.queue;
  const { messageTimeoutMs, properties } = uplink.producer;
  const bounds: Bound[] = [
    { field: 'maxEvents', most: maxMessages, of: 'uplink.queue.maxMessages' },
    { field: 'maxBytes', most: maxBytes, of: 'uplink.queue.maxBytes' },
  ];
  if (messageTimeoutMs > 0)
    bounds.push({ field: 'maxWaitMs', most: messageTimeoutMs, of: 'uplink.producer.messageTimeoutMs' });
  const name = 'message.max.bytes';
  const client = Number(properties[name] ?? connection.properties[name] ?? DEFAULT_MAX_MESSAGE_BYTES);
  if (client > 0) bounds.push({ field: 'maxBytes', most: client, of: name });
  return bounds;
}

/** Of librdkafka. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_000_000;
