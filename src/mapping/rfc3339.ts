const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))? *(?:[Zz]|UTC|([+-])(\d{2}):?(\d{2}))$/;

/**
 * RFC 3339 text → Unix milliseconds; `undefined` for anything else. Taken as the reference takes it: any
 * offset up to 23:59, also without the colon or after a blank, `UTC`, lower-case `t` and `z`, a blank for `T`.
 * A fraction of any length is cut to milliseconds. Second 60 (a leap second) is the first of the next minute.
 */
export function parseRfc3339(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = match;
  const date = utcDate(Number(year), Number(month), Number(day));
  const seconds = secondsOfDay(Number(hour), Number(minute), Number(second));
  const offset = sign === undefined ? 0 : offsetSeconds(sign, Number(offsetHour), Number(offsetMinute));
  if (date === undefined || seconds === undefined || offset === undefined) return undefined;
  return date + (seconds - offset) * 1000 + milliseconds(fraction);
}

/** Midnight of a date in Unix ms; `undefined` where the calendar does not have it. */
function utcDate(year: number, month: number, day: number): number | undefined {
  // Date.UTC takes the years 0–99 for 1900–1999.
  const date = new Date(0);
  const ms = date.setUTCFullYear(year, month - 1, day);
  // A day that the month does not have moves the date into another month.
  return date.getUTCMonth() === month - 1 ? ms : undefined;
}

function secondsOfDay(hour: number, minute: number, second: number): number | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  return hour * 3600 + minute * 60 + second;
}

function offsetSeconds(sign: string, hour: number, minute: number): number | undefined {
  if (hour > 23 || minute > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hour * 3600 + minute * 60);
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
}
