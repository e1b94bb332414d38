/** A stream → its lines, as they come. */
import type { Readable } from 'node:stream';
import { reasonOf } from '../api/reason.js';
import { UsageError } from './command.js';

/** More than an event may have. */
const LONGEST_LINE = 128 * 1024 * 1024;
const LINE_FEED = 0x0a;

export interface Line {
  /** From 1 on. */
  readonly number: number;
  readonly bytes: Buffer;
}

/**
 * Lines that are not blank, until the stream ends or `stopping` is aborted.
 * @throws UsageError where it cannot be read, or a line does not end
 */
export async function* linesOf(stream: Readable, name: string, stopping: AbortSignal): AsyncGenerator<Line> {
  const stop = (): void => {
    stream.destroy();
  };
  stopping.addEventListener('abort', stop, { once: true });
  let number = 0;
  let rest: Buffer[] = [];
  let length = 0;
  try {
    if (stopping.aborted) return;
    for await (const chunk of stream) {
      let bytes = Buffer.from(chunk as Uint8Array);
      for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED)) {
        number += 1;
        yield* lineOf(number, Buffer.concat([...rest, bytes.subarray(0, end)]));
        rest = [];
        length = 0;
        bytes = bytes.subarray(end + 1);
      }
      rest.push(bytes);
      length += bytes.length;
      if (length > LONGEST_LINE) throw new UsageError(`${name}: line ${number + 1} is too long`);
    }
    yield* lineOf(number + 1, Buffer.concat(rest));
  } catch (cause) {
    if (stopping.aborted) return;
    throw cause instanceof UsageError ? cause : new UsageError(`${name} cannot be read: ${reasonOf(cause)}`);
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}

function lineOf(number: number, bytes: Buffer): Line[] {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d) ? [] : [{ number, bytes }];
}
