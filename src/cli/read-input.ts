/** Files and standard input, as texts. */
import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { reasonOf } from '../api/reason.js';
import { MAX_CHARACTERS } from '../config/clone.js';
import { parseExactText } from '../language/json/exact-json.js';
import { UsageError } from './command.js';

/** As large as a configuration may be, in UTF-8. */
const MAX_BYTES = 3 * MAX_CHARACTERS;

/**
 * @param stopping ends it, with an error
 * @throws UsageError where it cannot be read, is too large, or is not UTF-8
 */
export async function readAll(stream: Readable, name: string, stopping: AbortSignal): Promise<string> {
  addAbortSignal(stopping, stream);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const part = Buffer.from(chunk as Uint8Array);
      bytes += part.length;
      if (bytes > MAX_BYTES) break;
      chunks.push(part);
    }
  } catch (cause) {
    throw new UsageError(`${name} cannot be read: ${reasonOf(cause)}`);
  }
  if (bytes > MAX_BYTES) throw new UsageError(`${name} has more than ${MAX_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UsageError(`${name} is not UTF-8`);
  }
}

/** JSON of a file, with all digits of its integers. @throws UsageError */
export async function readJsonFile(path: string, stopping: AbortSignal): Promise<unknown> {
  const text = await readAll(createReadStream(path), path, stopping);
  try {
    return parseExactText(text);
  } catch (error) {
    throw new UsageError(`${path} is no JSON: ${reasonOf(error)}`);
  }
}
