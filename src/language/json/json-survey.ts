const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const LOWER_E = 0x65;
const TWO_POW_53 = 2 ** 53;

/** What one look at the bytes tells before the JSON is parsed. Of bytes that are no JSON it tells nothing. */
export interface JsonSurvey {
  /** How deep objects and arrays are nested; 0 for a scalar. */
  readonly depth: number;
  /** Some number is an integer of 2^53 or more, or has an exponent: its source text has to be looked at. */
  readonly exactNumbers: boolean;
}

/** One pass over the bytes, without regard to their validity; never throws. */
export function surveyJson(bytes: Uint8Array): JsonSurvey {
  let open = 0;
  let depth = 0;
  let exactNumbers = false;
  let i = 0;
  while (i < bytes.length) {
    const byte = byteAt(bytes, i);
    if (byte === QUOTE) {
      i = stringEnd(bytes, i + 1);
    } else if (isDigit(byte)) {
      const end = digitsEnd(bytes, i);
      exactNumbers ||= needsSource(bytes, i, end);
      i = fractionEnd(bytes, end);
    } else {
      if (byte === 0x7b || byte === 0x5b) depth = Math.max(depth, (open += 1));
      else if (byte === 0x7d || byte === 0x5d) open -= 1;
      // An `e` outside of strings is that of true, false, or of an exponent after digits.
      else if ((byte | 0x20) === LOWER_E && isDigit(byteAt(bytes, i - 1))) exactNumbers = true;
      i += 1;
    }
  }
  return { depth, exactNumbers };
}

/** 0, which JSON has nowhere, outside of the bytes. */
function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Behind the closing quote. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let i = start;
  while (i < bytes.length) {
    const byte = bytes[i];
    if (byte === QUOTE) return i + 1;
    i += byte === BACKSLASH ? 2 : 1;
  }
  return i;
}

function digitsEnd(bytes: Uint8Array, start: number): number {
  let i = start;
  while (isDigit(byteAt(bytes, i))) i += 1;
  return i;
}

function fractionEnd(bytes: Uint8Array, start: number): number {
  return byteAt(bytes, start) === DOT ? digitsEnd(bytes, start + 1) : start;
}

/** Whether an integer part is 2^53 or more. Up to there a double adds up digits exactly. */
function needsSource(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 16) return false;
  let magnitude = 0;
  for (let i = start; i < end; i += 1) magnitude = magnitude * 10 + byteAt(bytes, i) - 0x30;
  return magnitude >= TWO_POW_53;
}
