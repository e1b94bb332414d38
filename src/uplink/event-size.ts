import { FieldError } from './field-error.js';

/** What an event may hold: characters and bytes, and 64 more for each value. Some 64 MiB, or a million values. */
export const MAX_EVENT_SIZE = 64 * 1024 * 1024;
const PER_VALUE = 64;

const EXPECTED = `no more than ${MAX_EVENT_SIZE / PER_VALUE} values and ${MAX_EVENT_SIZE} characters in one event`;

/**
 * Adds up what the parts of one event hold, so that data without end (an object that is in itself many times
 * over, a list that never ends) is refused before it fills the memory.
 */
export class EventSize {
  #left = MAX_EVENT_SIZE;

  /** One more value, of a list or under a key. Throws FieldError. */
  add(value: unknown, path: string, key = ''): void {
    this.#left -= PER_VALUE + key.length + lengthOf(value);
    if (this.#left < 0) throw new FieldError(path, EXPECTED, value);
  }
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return ArrayBuffer.isView(value) ? value.byteLength : 0;
}
