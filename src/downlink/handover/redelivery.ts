/** What becomes of a command on which the host failed (contract §6). Pure. */
import { growingWait } from '../../core/backoff.js';
import type { ResolvedDownlink } from '../../config/resolve.js';
import type { TopicRoutes } from '../decode/routes.js';

export type FailureDecision =
  | { readonly action: 'retry'; readonly afterMs: number }
  /** Settled all the same, as the ack policy says. */
  | { readonly action: 'settle' }
  | { readonly action: FinalDecision };

export type FinalDecision = 'dead_letter' | 'hold' | 'drop';

type Policies = Pick<TopicRoutes, 'ackPolicy' | 'failurePolicy'>;
type Settings = Pick<ResolvedDownlink, 'redelivery' | 'deadLetter'>;

/**
 * The host failed on attempt `attempt` (1 is the first).
 *
 * @param retryAfterMs the host's own wish, instead of the back-off
 */
export function onHostFailure(
  { ackPolicy, failurePolicy }: Policies,
  { redelivery, deadLetter }: Settings,
  attempt: number,
  retryAfterMs?: number,
): FailureDecision {
  if (ackPolicy !== 'on_success') return { action: 'settle' };
  if (attempt < redelivery.maxAttempts) {
    return { action: 'retry', afterMs: retryAfterMs ?? backoffMs(redelivery, attempt) };
  }
  const chosen = redelivery.then === 'dead_letter' && !deadLetter.enabled ? null : redelivery.then;
  return { action: chosen ?? (deadLetter.enabled ? 'dead_letter' : lastResort(failurePolicy)) };
}

/** A record that cannot be decoded. */
export function onDecodeError(
  { ackPolicy, failurePolicy }: Policies,
  { deadLetter }: Pick<Settings, 'deadLetter'>,
): FinalDecision {
  if (deadLetter.enabled) return 'dead_letter';
  return ackPolicy === 'on_success' ? lastResort(failurePolicy) : 'drop';
}

function lastResort(failurePolicy: Policies['failurePolicy']): 'hold' | 'drop' {
  return failurePolicy === 'error' ? 'hold' : 'drop';
}

function backoffMs({ initialBackoffMs, maxBackoffMs }: Settings['redelivery'], attempt: number): number {
  return growingWait(initialBackoffMs, maxBackoffMs, attempt);
}
