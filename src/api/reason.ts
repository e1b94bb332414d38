/** What was thrown, in words. A host may throw anything, also what throws again when it is looked at. */

import { types } from 'node:util';

/** The longest reason that goes into a message. */
const LONGEST = 500;

/** Never throws. */
export function reasonOf(cause: unknown): string {
  try {
    return cut(String(isError(cause) ? cause.message : cause), LONGEST);
  } catch {
    return 'something that cannot be shown';
  }
}

/** `instanceof`, which a Proxy answers as it likes. */
export function isError(value: unknown): value is Error {
  try {
    return !types.isProxy(value) && value instanceof Error;
  } catch {
    return false;
  }
}

/** The text, cut to `max` UTF-16 units with `…` for the rest. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}
