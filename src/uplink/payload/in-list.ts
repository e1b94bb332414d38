import type { PayloadEncoder, WireEvent } from '../event/wire-event.js';

/** Where events are packed, a record is an array of what they are, also where it holds one: its readers see one shape. */
export class InList implements PayloadEncoder {
  readonly #encoder: PayloadEncoder;

  constructor(encoder: PayloadEncoder) {
    this.#encoder = encoder;
  }

  prefix(event: WireEvent): string {
    return this.#encoder.prefix(event);
  }

  encode(event: WireEvent, prefix: string): string {
    return '[' + this.#encoder.encode(event, prefix) + ']';
  }
}
