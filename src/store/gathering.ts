import { ByteReader, ByteWriter, Malformed } from './bytes.js';
import type { FrameParts } from './frame.js';
import type { RecordToStore, StoredRecord } from './port.js';
import type { Portion } from './portion.js';
import { Previous, RecordCursor, writeRecord } from './record-codec.js';
import { storedRecord } from './stored-record.js';
import type { NumberedRoute, RouteTable } from './route-table.js';

const FIRST_BYTES = 16 * 1024;
/** Larger ones are given back after use: a full frame has grown its buffer to so much. */
const LARGEST_KEPT = 3 * 1024 * 1024;

/** Buffers of a frame, used again. */
export class FrameBuffers {
  readonly routes = new ByteWriter(FIRST_BYTES);
  readonly records = new ByteWriter(4 * FIRST_BYTES);
  /** The whole, as it is written. */
  readonly frame = new ByteWriter(0);

  /** Whether they may be used again. */
  clear(): boolean {
    const all = [this.routes, this.records, this.frame];
    for (const each of all) each.clear();
    return all.every(({ bytes }) => bytes.length <= LARGEST_KEPT);
  }
}

/** The frame that gathers what is appended, as bytes from the first moment on. */
export class Gathering {
  readonly table: RouteTable;
  readonly buffers: FrameBuffers;
  readonly first: number;
  readonly #life: number;
  readonly #routes: ReadonlyMap<number, NumberedRoute>;
  readonly #routeBase: number;
  readonly #before = new Previous();
  count = 0;
  /** Of the first and the newest record, Unix ms. */
  firstAcceptedMs = 0;
  lastAcceptedMs = -Infinity;
  /** Some of it goes to a client as soon as it is synced. */
  awaited = false;

  /** @param first position of the first record */
  constructor(table: RouteTable, buffers: FrameBuffers, first: number, life: number) {
    this.table = table;
    this.buffers = buffers;
    this.first = first;
    this.#life = life;
    this.#routes = table.beginFrame();
    this.#routeBase = table.base;
  }

  get end(): number {
    return this.first + this.count;
  }

  get bytes(): number {
    return this.buffers.routes.length + this.buffers.records.length;
  }

  add(record: RecordToStore): void {
    const { routes, records } = this.buffers;
    writeRecord(records, record, this.table.numberOf(record, routes), this.#life, this.#before);
    if (this.count === 0) this.firstAcceptedMs = record.acceptedAtMs;
    this.count += 1;
    if (record.acceptedAtMs > this.lastAcceptedMs) this.lastAcceptedMs = record.acceptedAtMs;
  }

  parts(wallMs: number, monotonicMs: number): FrameParts {
    return {
      routes: this.buffers.routes.written,
      records: this.buffers.records.written,
      routeBase: this.#routeBase,
      count: this.count,
      first: this.first,
      wallMs,
      monotonicMs,
    };
  }

  /**
   * Makes records again of those whose position is wanted.
   *
   * @param portion so many of them go to a client now, and the bytes say so from now on; `null`: all are read, and none goes
   */
  records(wanted: (position: number) => boolean, portion: Portion | null = null): StoredRecord[] {
    const cursor = new RecordCursor(new ByteReader(this.buffers.records.written), this.#life);
    const found: StoredRecord[] = [];
    for (let position = this.first; position < this.end && portion?.isFull !== true; position += 1) {
      cursor.next();
      if (!wanted(position)) continue;
      const route = this.#routes.get(cursor.route)?.route;
      if (route === undefined) throw new Malformed('the route of a record is missing');
      const record = storedRecord(position, cursor, route, this.#life, false);
      found.push(record);
      if (portion === null) continue;
      portion.add(record);
      cursor.noteHandedOver();
    }
    return found;
  }
}
