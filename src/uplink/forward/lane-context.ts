/** What the lanes of a forwarder have in common, and what stands beside one. */
import type { Clock } from '../../core/clock.js';
import type { NorthwardError } from '../../api/errors.js';
import type { OutgoingKind } from '../../record/outgoing-record.js';
import type { Store } from '../../store/port.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Outcomes } from '../delivery/outcomes.js';
import type { Pending } from '../delivery/pending.js';
import type { OpenPromises } from './open-promises.js';
import type { StoredEvents } from './stored-events.js';

export interface LaneContext {
  readonly clock: Clock;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly outcomes: Outcomes;
  readonly promises: OpenPromises;
  readonly events: StoredEvents;
  /** 0: promises have no limit. */
  readonly messageTimeoutMs: number;
  /** Why the connection fails, if it does. */
  readonly because: () => NorthwardError | undefined;
  readonly onError: (error: NorthwardError) => void;
  /** Nothing is sent any more in this life: what is synced ends as stored. */
  readonly ending: () => boolean;
  /** A message that comes from disk goes to the outbox. */
  readonly replayedEntered: (pending: Pending) => void;
  /** It left the outbox. */
  readonly replayedLeft: (pending: Pending) => void;
  /** Replayed records carry the header `replayed`. */
  readonly marksReplayed: boolean;
  /** Whether records of this kind are sent; those of others stay on disk. */
  readonly sends: (kind: OutgoingKind) => boolean;
}

/** What becomes of the messages of a lane whose topics are parked. */
export interface Detour {
  /** Whether records of this topic are read at all now. */
  wants(topic: string): boolean;
  /** Takes a message that was read, since its topic is parked. @returns false: it is not, and the message goes on */
  takes(pending: Pending): boolean;
  /** All that was wanted and unread has been read. */
  ended(): void;
  /** A message of this topic is unread again, behind the reader. */
  left(topic: string): void;
}
