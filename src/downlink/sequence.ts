import type { PartitionBounds } from '../kafka/consumer-port.js';

/**
 * How a record stands to the one before it. `repeated`: it was taken already. `removed`: what should have come
 * next is gone (retention). `restarted`: the partition was made anew and begins again.
 */
export type Sequence = 'next' | 'repeated' | 'removed' | 'restarted';

/**
 * @param next the offset that should come next; gaps are usual (compaction, transactions)
 * @param bounds asked for only where something is odd; `null`: not known
 */
export function sequenceOf(offset: number, next: number, bounds: () => PartitionBounds | null): Sequence {
  if (offset === next) return 'next';
  const known = bounds();
  if (offset > next) return known !== null && known.low > next ? 'removed' : 'next';
  return known !== null && known.high < next ? 'restarted' : 'repeated';
}
