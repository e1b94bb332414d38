import type { Id } from '../../api/uplink.js';
import {
  copyRecord,
  NO_HEADERS,
  type OutgoingKind,
  type RecordHeaders,
} from '../../record/outgoing-record.js';
import type { PackedEvents } from '../../record/packed-events.js';
import type { RecordToStore } from '../../store/port.js';
import { REPORTED, SENT, type Pending } from '../delivery/pending.js';

/** A message as the store takes it. The store copies what it needs, so one object serves all. */
export class MessageToStore implements RecordToStore {
  topic = '';
  key: Buffer | null = null;
  value: Buffer | null = null;
  headers: RecordHeaders = NO_HEADERS;
  timestampMs = 0;
  kind: OutgoingKind = 'telemetry';
  deviceId: Id | null = null;
  deviceName = '';
  packed: PackedEvents | null = null;
  life = 0;
  sequence = 0;
  acceptedAtMs = 0;
  handedOver = false;

  /**
   * @param life of the store, for messages that were accepted before it was open
   * @param startMs Unix ms at which the monotonic clock was 0
   */
  of(pending: Pending, life: number, startMs: number): RecordToStore {
    copyRecord(this, pending);
    this.packed = pending.packed;
    this.life = pending.life === 0 ? life : pending.life;
    this.sequence = pending.number;
    this.acceptedAtMs =
      pending.acceptedAtMs === 0 ? Math.round(startMs + pending.acceptedAt) : pending.acceptedAtMs;
    this.handedOver = pending.resent || pending.state === SENT || pending.state === REPORTED;
    return this;
  }

  /** Lets go of the message. */
  clear(): void {
    this.key = null;
    this.value = null;
    this.packed = null;
    this.headers = NO_HEADERS;
  }
}
