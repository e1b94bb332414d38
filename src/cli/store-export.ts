/** Records of a store → a file of JSON lines. */
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { reasonOf } from '../api/reason.js';
import { headersOf } from '../record/outgoing-record.js';
import { messageIdOf, type StoredRecord } from '../store/port.js';
import type { ReadableLane } from '../store/open-to-read.js';
import { UsageError } from './command.js';
import { jsonText } from './escape.js';
import { plainBytes } from './plain-command.js';

const OWNER_ONLY = 0o600;

/** A file that is being written. Its owner alone may read it, since values are in it. */
export class Exporter {
  readonly file: string;
  readonly #handle: FileHandle;
  #failed = false;
  written = 0;

  private constructor(file: string, handle: FileHandle) {
    this.file = file;
    this.#handle = handle;
  }

  /** @throws UsageError where there is a file already, or none can be made */
  static async to(file: string): Promise<Exporter> {
    try {
      return new Exporter(file, await open(file, 'wx', OWNER_ONLY));
    } catch (cause) {
      throw new UsageError(`${file} cannot be made: ${reasonOf(cause)}`);
    }
  }

  /** @throws UsageError */
  async write(store: string, lane: ReadableLane, records: readonly StoredRecord[]): Promise<void> {
    const lines = records.map((record) => `${jsonText(plainRecord(store, lane, record))}\n`);
    try {
      await this.#handle.writeFile(lines.join(''));
      this.written += records.length;
    } catch (cause) {
      this.#failed = true;
      throw new UsageError(`${this.file} cannot be written: ${reasonOf(cause)}`);
    }
  }

  /** @param whole else the file goes: half of one would be taken for a whole one */
  async close(whole: boolean): Promise<void> {
    const isGood = whole && !this.#failed;
    try {
      if (isGood) await this.#handle.sync();
    } finally {
      await this.#handle.close();
      if (!isGood) await unlink(this.file).catch(() => undefined);
    }
  }
}

function plainRecord(store: string, lane: ReadableLane, record: StoredRecord): Record<string, unknown> {
  const { topic, key, value, timestampMs, kind, deviceId, deviceName } = record;
  const id = messageIdOf(store, record);
  const headers = headersOf({ ...record, messageId: id });
  return {
    id,
    lane: lane.name,
    parked: lane.parked,
    kind,
    deviceId,
    deviceName,
    acceptedAtMs: record.acceptedAtMs,
    maybeDuplicate: record.maybeDuplicate,
    topic,
    timestampMs,
    key: plainBytes(key),
    headers: headers.map(([name, text]) => [name, typeof text === 'string' ? text : plainBytes(text)]),
    value: plainBytes(value),
  };
}
