import { HEADER_NAMES } from '../config/header-names.js';
import type { ResolvedHeaders } from '../config/resolved-config.js';
import type { NativeHeaders } from '../kafka/ports.js';
import type { Variables } from './render-context.js';
import type { TimestampText } from './timestamp-text.js';

const TIMESTAMP = 'ts_ms';

/** The headers of one device. Only `ts_ms` changes from event to event, and is changed in place. */
export class HeaderSet {
  readonly #headers: NativeHeaders;
  readonly #timestamp: Record<string, string | Buffer> | undefined;
  readonly #times: TimestampText;

  /** `timestamp`: the one of the headers that is `ts_ms`, if any. */
  constructor(
    headers: NativeHeaders,
    timestamp: Record<string, string | Buffer> | undefined,
    times: TimestampText,
  ) {
    this.#times = times;
    this.#headers = headers;
    this.#timestamp = timestamp;
  }

  /** `undefined`: none. The array is reused: it holds until the next call. */
  at(timestampMs: number): NativeHeaders | undefined {
    if (this.#timestamp !== undefined) this.#timestamp[TIMESTAMP] = this.#times.digits(timestampMs);
    return this.#headers.length === 0 ? undefined : this.#headers;
  }
}

/** Which headers records get, by configuration. A static header wins over the variable of its name. */
export class HeaderPlan {
  readonly #names: readonly string[];
  readonly #static: readonly (readonly [string, string])[];
  readonly #times: TimestampText;

  constructor({ include, static: fixed }: ResolvedHeaders, times: TimestampText) {
    this.#times = times;
    const wanted = HEADER_NAMES.filter((name) => include === true || include.includes(name));
    this.#names = wanted.filter((name) => !Object.hasOwn(fixed, name));
    this.#static = Object.entries(fixed);
  }

  headersFor(variables: Variables): HeaderSet {
    const headers: NativeHeaders = [];
    for (const name of this.#names) {
      const value = variables[name];
      if (value !== undefined) headers.push({ [name]: headerValue(value) });
    }
    const timestamp = headers.find((header) => Object.hasOwn(header, TIMESTAMP));
    for (const [name, value] of this.#static) headers.push({ [name]: headerValue(value) });
    return new HeaderSet(headers, timestamp, this.#times);
  }
}

/** The client cuts a string at NUL, and sends an empty Buffer, but not an empty string, as null. */
export function headerValue(text: string): string | Buffer {
  return text.includes('\0') ? Buffer.from(text) : text;
}
