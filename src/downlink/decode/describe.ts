import { cut } from '../../api/reason.js';

const MAX_SHOWN = 60;

/** A value as messages show it: its type, and a scalar's text, cut to a bounded length. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'string':
      return `the string ${JSON.stringify(cut(value, MAX_SHOWN))}`;
    case 'number':
    case 'bigint':
      return `the number ${cut(String(value), MAX_SHOWN)}`;
    case 'boolean':
      return String(value);
    default:
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
  }
}
