import type { ResolvedFilter } from '../../config/resolve.js';
import { decodeUtf8, parseNumbersFromSource } from '../../language/json/exact-json.js';
import { jsonNumberText } from '../../language/json/json-text.js';
import type { RecordContent } from '../../record/incoming-record.js';

/** Whether a mapped_json route takes a record. `body`: its parsed value. */
export type RecordFilter = (record: RecordContent, body: unknown) => boolean;

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
function numberTextAt(record: RecordContent, tokens: readonly string[]): string | undefined {
  if (record.value === null) return undefined;
  const body = parseNumbersFromSource(decodeUtf8(record.value), (text) => new NumberSource(text));
  const found = resolvePointer(body, tokens);
  return found instanceof NumberSource ? jsonNumberText(found.text) : undefined;
}

/**
 * The reference tokens of an RFC 6901 pointer. `undefined`: neither empty nor led by `/`, so that it points at
 * nothing, ever.
 */
function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the tokens point at; `undefined` for nothing. Only own properties count. */
function resolvePointer(root: unknown, tokens: readonly string[]): unknown {
  let node = root;
  for (const token of tokens) {
    if (Array.isArray(node)) node = isIndex(token) ? (node as unknown[])[Number(token)] : undefined;
    else if (typeof node === 'object' && node !== null && Object.hasOwn(node, token))
      node = (node as Record<string, unknown>)[token];
    else return undefined;
  }
  return node;
}

/** No sign, no leading zero. `-`, which is behind the last item, is none. */
function isIndex(token: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(token);
}
