/**
 * Several events in one record: its value is a JSON array, and each event is one element of it, several (`timeseries_rows`), or none.
 * Where one ends and the next begins is kept beside the value, so that nothing has to read the JSON to take events out.
 */

/** The events of a record, in order. At least two. */
export interface PackedEvents {
  /** Bytes of each in the value: without the brackets around all, and without the comma between two. */
  readonly lengths: readonly number[];
  /** Event time of each, Unix ms. The record has the first one's. */
  readonly timestamps: readonly number[];
}

/** How many events a record holds. */
export function eventsIn(packed: PackedEvents | null | undefined): number {
  return packed?.lengths.length ?? 1;
}

export const OPEN = 0x5b;
export const CLOSE = 0x5d;
export const COMMA = 0x2c;

/** The value of a record with the events `from` to `to` of another one. */
export function valueOfEvents(value: Buffer, { lengths }: PackedEvents, from: number, to: number): Buffer {
  let start = 1;
  for (let i = 0; i < from; i += 1) start = next(start, lengths[i] ?? 0);
  let end = start;
  let after = start;
  for (let i = from; i < to; i += 1) {
    const length = lengths[i] ?? 0;
    if (length > 0) end = after + length;
    after = next(after, length);
  }
  const part = Buffer.allocUnsafe(end - start + 2);
  part[0] = OPEN;
  value.copy(part, 1, start, end);
  part[part.length - 1] = CLOSE;
  return part;
}

/** Where the event behind one of so many bytes begins: an event without a row has no comma either. */
function next(at: number, length: number): number {
  return length === 0 ? at : at + length + 1;
}

/** The events `from` to `to`; `null`: it is only one. */
export function somePacked(
  { lengths, timestamps }: PackedEvents,
  from: number,
  to: number,
): PackedEvents | null {
  if (to - from < 2) return null;
  return { lengths: lengths.slice(from, to), timestamps: timestamps.slice(from, to) };
}
