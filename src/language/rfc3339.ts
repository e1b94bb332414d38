const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))? *(?:[Zz]|UTC|([+-])(\d{2}):?(\d{2}))$/;

/**
 * RFC 3339 text → Unix milliseconds; `undefined` for anything else. Taken as the reference takes it: any
 * offset up to 23:59, also without the colon or after a blank, `UTC`, lower-case `t` and `z`, a blank for `T`.
 * A fraction of any length is cut to milliseconds. Second 60 (a leap second) is the first of the next minute.
 */
export function parseRfc3339(text: string): number | undefined {
  return usualForm(text) ?? anyForm(text);
}

/** `2024-12-22T12:35:00Z` or with three digits of a fraction, which nearly all are; `undefined` for others. */
function usualForm(text: string): number | undefined {
  const { length } = text;
  if ((length !== 20 && length !== 24) || !text.endsWith('Z') || text.charCodeAt(10) !== 0x54)
    return undefined;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return undefined;
  if (length === 24 && text.charCodeAt(19) !== 0x2e) return undefined;
  const date = dayOf(text);
  const seconds = secondsOfDay(digitsAt(text, 11, 2), digitsAt(text, 14, 2), digitsAt(text, 17, 2));
  const ms = length === 24 ? digitsAt(text, 20, 3) : 0;
  // What is no digit makes NaN, which is judged with the other forms.
  const time = date === undefined || seconds === undefined ? NaN : date + seconds * 1000 + ms;
  return Number.isNaN(time) ? undefined : time;
}

/** Messages come on the day of the ones before them. `date`: its digits as one number. */
let lastDay: { readonly date: number; readonly ms: number | undefined } = { date: NaN, ms: undefined };

/** Midnight of the date that the text begins with. */
function dayOf(text: string): number | undefined {
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return undefined;
  const date = digitsAt(text, 0, 4) * 10_000 + digitsAt(text, 5, 2) * 100 + digitsAt(text, 8, 2);
  if (date !== lastDay.date) lastDay = { date, ms: anyForm(`${text.slice(0, 10)}T00:00:00Z`) };
  return lastDay.ms;
}

const DASH = 0x2d;

function digitsAt(text: string, start: number, count: number): number {
  let value = 0;
  for (let i = start; i < start + count; i += 1) {
    const digit = text.charCodeAt(i) - 0x30;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : NaN;
  }
  return value;
}

function anyForm(text: string): number | undefined {
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
