import { HEADER_NAMES } from '../config/header-names.js';
import type { ResolvedHeaders } from '../config/resolved-config.js';
import { RecordHeaders, TIMESTAMP_HEADER, type RecordHeader } from '../record/outgoing-record.js';
import type { Variables } from './render-context.js';

/** Which headers records get, by configuration. A static header wins over the variable of its name. */
export class HeaderPlan {
  readonly #names: readonly string[];
  readonly #static: readonly RecordHeader[];

  constructor({ include, static: fixed }: ResolvedHeaders) {
    const wanted = HEADER_NAMES.filter((name) => include === true || include.includes(name));
    this.#names = wanted.filter((name) => !Object.hasOwn(fixed, name));
    this.#static = Object.entries(fixed);
  }

  headersFor(variables: Variables): RecordHeaders {
    const headers: RecordHeader[] = [];
    for (const name of this.#names) {
      const value = variables[name];
      if (value !== undefined) headers.push([name, value]);
    }
    const timestampAt = headers.findIndex(([name]) => name === TIMESTAMP_HEADER);
    return new RecordHeaders([...headers, ...this.#static], timestampAt);
  }
}
