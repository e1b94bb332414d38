import { parse as parseLossless } from 'lossless-json';
import { surveyJson, type JsonSurvey } from './json-survey.js';

/** Objects and arrays may be nested this deep; the reference (serde_json) refuses the next level too. */
const MAX_JSON_DEPTH = 127;

/** Why bytes are not taken as JSON. */
export type JsonFault = 'not_utf8' | 'not_json' | 'number_out_of_range' | 'too_deep';

/** The bytes are no JSON that can be taken. */
export class JsonError extends Error {
  override readonly name: string = 'JsonError';
  readonly fault: JsonFault;

  constructor(fault: JsonFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const TWO_POW_53 = 2n ** 53n;

/**
 * Parses JSON strictly: UTF-8 without a byte order mark, nothing behind the value, at most `MAX_JSON_DEPTH`
 * levels, no number beyond the range of a double, no escape of half a surrogate pair. Integers beyond 2^53 come
 * as exact bigints. A repeated key keeps its last value; `__proto__` is a key like any other.
 *
 * JSON.parse does the work where it is exact. Else lossless-json, which hands out the source text of numbers,
 * parses once more: Node 20's JSON.parse cannot do that.
 *
 * @throws JsonError
 */
export function parseExactJson(bytes: Uint8Array): unknown {
  return parseDecoded(decodeUtf8(bytes), bytes);
}

/** The same of a text. @throws JsonError */
export function parseExactText(text: string): unknown {
  return parseDecoded(text, Buffer.from(text));
}

/** The same of bytes that are decoded already. @throws JsonError */
export function parseDecoded(text: string, bytes: Uint8Array): unknown {
  const survey = isPlain(text) ? PLAIN : surveyJson(bytes);
  if (survey.depth > MAX_JSON_DEPTH) {
    throw new JsonError(
      'too_deep',
      `nested ${survey.depth} levels deep, at most ${MAX_JSON_DEPTH} are taken`,
    );
  }
  const value = parseStrict(text);
  return survey.exactNumbers ? parseNumbersFromSource(text, exactNumber) : value;
}

/** What most commands are: nothing in them needs a closer look. */
const PLAIN: JsonSurvey = { depth: 0, exactNumbers: false };
/** Numbers so large that they may be beyond a double; inside of a string, too, where they do no harm. */
const EXPONENT = /\d[eE]\+?\d{3}/;
/** A number of fewer digits is exact in a double. */
const LONG = 16;

function isPlain(text: string): boolean {
  return !mayBeDeep(text) && !hasLongNumber(text) && !EXPONENT.test(text);
}

/** With so few brackets, wherever they stand, it cannot be too deep; nor where there is no room for more. */
function mayBeDeep(text: string): boolean {
  if (text.length <= MAX_JSON_DEPTH * SHORTEST_LEVEL && !text.includes('[')) return false;
  return count(text, '{') + count(text, '[') > MAX_JSON_DEPTH;
}

/** Characters of an object with one member, which is another object: `{"":}`. */
const SHORTEST_LEVEL = 5;

/** So many digits in a row cover one of the places looked at; a regular expression looks at all (measured: 0.5 µs). */
function hasLongNumber(text: string): boolean {
  for (let at = LONG - 1; at < text.length; at += LONG) {
    if (!isDigit(text, at)) continue;
    let first = at;
    while (isDigit(text, first - 1)) first -= 1;
    let end = at + 1;
    while (end - first < LONG && isDigit(text, end)) end += 1;
    if (end - first >= LONG) return true;
  }
  return false;
}

/** `false` before the text and behind it. */
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/** How often a character is there; one more than `MAX_JSON_DEPTH` stands for many. */
function count(text: string, character: string): number {
  let found = 0;
  for (
    let at = text.indexOf(character);
    at >= 0 && found <= MAX_JSON_DEPTH;
    at = text.indexOf(character, at + 1)
  ) {
    found += 1;
  }
  return found;
}

/**
 * Parses JSON that `parseExactJson` has taken, with every number made by `parseNumber` from its source text.
 * Recursive, which the depth check of `parseExactJson` makes safe.
 */
export function parseNumbersFromSource(text: string, parseNumber: (source: string) => unknown): unknown {
  return parseLossless(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

/** @throws JsonError */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new JsonError('not_utf8', 'not UTF-8', cause);
  }
}

function parseStrict(text: string): unknown {
  if (text.startsWith('\uFEFF')) throw new JsonError('not_json', 'begins with a byte order mark');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new JsonError('not_json', cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (hasHalfPair(text)) {
    throw new JsonError('not_json', 'An escape of half a surrogate pair is no Unicode text');
  }
  return value;
}

/** A whole pair, half of one, or another escape. */
const ESCAPE = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F])|.)/g;

/** Of valid JSON: looks at its text, since a value may have been overwritten by a later one of its key. */
function hasHalfPair(text: string): boolean {
  if (!text.includes('\\u') || !/\\u[dD][89a-fA-F]/.test(text)) return false;
  for (const [, half] of text.matchAll(ESCAPE)) if (half !== undefined) return true;
  return false;
}

function exactNumber(source: string): number | bigint {
  const value = Number(source);
  if (!Number.isFinite(value)) {
    throw new JsonError('number_out_of_range', 'holds a number beyond the range of a double');
  }
  if (Math.abs(value) < 2 ** 53 || !/^-?\d+$/.test(source)) return value;
  const exact = BigInt(source);
  return exact > TWO_POW_53 || exact < -TWO_POW_53 ? exact : value;
}
