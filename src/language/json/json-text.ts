/**
 * JSON text of a text: lone surrogates come out as `\udXXX` escapes, so that the result is always valid
 * UTF-8.
 */
export function quote(text: string): string {
  // A host's getter may answer a string when it is checked, and something else when it is written.
  if (typeof text !== 'string') throw new TypeError(`expected a string, found ${typeof text}`);
  return JSON.stringify(text);
}

/**
 * The same text in one piece. Texts that are kept and used again and again should be: a concatenation is a
 * tree, which is walked again whenever it becomes part of a text that is written.
 */
export function flat(text: string): string {
  return Buffer.from(text).toString();
}

/**
 * JSON text of a JSON value that may hold bigints (written as exact digits). NaN and ±Infinity become null,
 * an undefined property is left out. `sorted`: keys in code-point order.
 */
export function toJsonText(value: unknown, sorted = false): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? `${value}` : 'null';
    case 'bigint':
      return `${value}`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? listText(value, sorted) : mapText(value, sorted);
    default:
      return 'null';
  }
}

function listText(items: readonly unknown[], sorted: boolean): string {
  let text = '[';
  for (let i = 0; i < items.length; i += 1) {
    if (i > 0) text += ',';
    text += toJsonText(items[i], sorted);
  }
  return text + ']';
}

function mapText(map: object, sorted: boolean): string {
  const keys = Object.keys(map);
  if (sorted) keys.sort(compareCodePoints);
  let text = '{';
  for (const key of keys) {
    const value = (map as Readonly<Record<string, unknown>>)[key];
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += quote(key) + ':' + toJsonText(value, sorted);
  }
  return text + '}';
}

/**
 * The text of a JSON number as the reference (serde_json) prints it after parsing: integers as their digits
 * (`7`), anything written with a fraction or exponent as a float that shows it (`1.0`, `1000.0` for `1e3`,
 * `1e20`, `1e-7`). `-0` is a float there. Integers beyond 64 bits, floats in the reference, keep their digits
 * here, as they do in values.
 *
 * @param source the number as it stands in the JSON text; a finite one
 */
export function jsonNumberText(source: string): string {
  const integral = /^-?\d+$/.test(source) && source !== '-0';
  return integral ? source : floatText(Number(source));
}

/** Shortest digits that read back the same, laid out as Rust's ryu does. */
function floatText(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  return sign + layOut(digits, Number(exponent) + 1);
}

/** `point`: how many digits stand before the decimal point. */
function layOut(digits: string, point: number): string {
  if (point > 16 || point <= -5) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits.slice(0, 1)}${rest}e${point - 1}`;
  }
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${digits}${'0'.repeat(point - digits.length)}.0`;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * Orders two strings by code point (the order of their UTF-8 bytes), as the reference does. JavaScript's `<`
 * goes by UTF-16 unit and puts U+10000 and above before U+E000.
 */
export function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves the surrogates behind all other units; within one kind the order stays. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
