import { types } from 'node:util';
import { cut } from '../reason.js';
import { timeOf } from './scalar.js';

/** What a message shows of a path, which may hold names of the host. */
const LONGEST_PATH = 200;
const LONGEST_NAME = 60;

/** A field of the host's data is missing or wrong. The mapper adds kind and device and makes a PublishError. */
export class FieldError extends Error {
  override readonly name: string = 'FieldError';

  /**
   * @param path of the field in the host's data: `values[3].value`
   * @param expected what would be right there
   * @param found what stands there
   */
  constructor(path: string, expected: string, found: unknown) {
    super(`${cut(path, LONGEST_PATH)}: expected ${expected}, found ${describe(found)}`);
  }
}

/** The kind of a value, for messages. Texts are not shown: they may be anything. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}` : `number ${value}`;
  if (typeof value !== 'object') return value === '' ? 'an empty string' : typeof value;
  if (Array.isArray(value)) return 'array';
  if (types.isDate(value)) return Number.isNaN(timeOf(value)) ? 'an invalid Date' : 'Date';
  const name = classNameOf(value);
  return typeof name === 'string' && name !== 'Object' ? cut(name, LONGEST_NAME) : 'object';
}

/** `undefined` where it has none, or looking throws. */
function classNameOf(value: object): unknown {
  try {
    return (value as { constructor?: { name?: unknown } }).constructor?.name;
  } catch {
    return undefined;
  }
}
