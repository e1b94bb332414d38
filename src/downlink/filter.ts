import type { ResolvedFilter } from '../config/resolve.js';
import { decodeUtf8, parseNumbersFromSource } from '../mapping/exact-json.js';
import { jsonNumberText } from '../mapping/number-text.js';
import { parsePointer, resolvePointer } from './json-pointer.js';
import type { InboundRecord } from './record.js';

/** Whether a mapped_json route takes a record. `body`: its parsed value. */
export type RecordFilter = (record: InboundRecord, body: unknown) => boolean;

/** Compiles a filter. Texts are compared exactly; bytes that are not UTF-8 never match. */
export function compileFilter(filter: ResolvedFilter): RecordFilter {
  switch (filter.mode) {
    case 'none':
      return () => true;
    case 'key':
      return keyFilter(filter.equals);
    case 'property':
      return propertyFilter(filter.key, filter.equals);
    case 'json_pointer':
      return pointerFilter(filter.pointer, filter.equals);
  }
}

function keyFilter(equals: string): RecordFilter {
  // Comparing bytes is comparing text: what is not UTF-8 is no encoding of any text.
  const expected = Buffer.from(equals);
  return ({ key }) => key !== null && expected.equals(key);
}

function propertyFilter(key: string, equals: string): RecordFilter {
  const expected = Buffer.from(equals);
  return ({ headers }) =>
    headers.some(([name, value]) => name === key && value !== null && expected.equals(value));
}

function pointerFilter(pointer: string, equals: string): RecordFilter {
  const tokens = parsePointer(pointer);
  if (tokens === undefined) return () => false;
  return (record, body) => {
    const found = resolvePointer(body, tokens);
    switch (typeof found) {
      case 'string':
        return found === equals;
      case 'boolean':
        return String(found) === equals;
      case 'number':
      case 'bigint':
        // The text tells 1 from 1.0, the parsed number does not; so look, but only where the value is right.
        return Number(found) === Number(equals) && numberTextAt(record, tokens) === equals;
      default:
        return false;
    }
  };
}

class NumberSource {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The number that the tokens point at, as the reference prints it. */
function numberTextAt(record: InboundRecord, tokens: readonly string[]): string | undefined {
  if (record.value === null) return undefined;
  const body = parseNumbersFromSource(decodeUtf8(record.value), (text) => new NumberSource(text));
  const found = resolvePointer(body, tokens);
  return found instanceof NumberSource ? jsonNumberText(found.text) : undefined;
}
