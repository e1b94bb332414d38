import type { WireEvent } from '../wire-event.js';

/** Builds record values of one mapping. */
export interface PayloadEncoder {
  /** The part that is the same for all events of a device; the caller keeps it. */
  prefix(event: WireEvent): string;
  /** The record value as text. Throws RuleFailure (mapped_json only). */
  encode(event: WireEvent, prefix: string): string;
}
