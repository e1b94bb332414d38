import type { OffsetResetReason } from '../../api/events.js';
import type { TopicPartition } from '../../kafka/port/consumer-port.js';
import type { DownlinkContext } from '../context.js';

/** Tells that reading goes on elsewhere than at the offset that was to be read next. */
export function tellOffsetReset(
  { counters, events }: Pick<DownlinkContext, 'counters' | 'events'>,
  { topic, partition }: TopicPartition,
  from: number,
  to: number,
  reason: OffsetResetReason,
): void {
  counters.offsetResets += 1;
  events.emit('offset-reset', () => ({ topic, partition, from, to, reason }));
}
