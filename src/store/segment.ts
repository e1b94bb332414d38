/**
 * A segment: the file that takes the frames of a lane until it is large or old enough. Head, frames, and a footer once it is sealed. A file
 * of a former life is never appended to.
 */
import { crc32 } from 'node:zlib';
import { ByteReader } from './bytes.js';
import type { Disk, DiskFile } from './disk.js';
import { FORMAT_VERSION, readRoutes } from './frame.js';
import type { Route } from './record-codec.js';
import type { Tally } from './route-table.js';

/** `NKSG` */
const SEGMENT_MAGIC = 0x4753_4b4e;
export const SEGMENT_HEAD_BYTES = 64;
const HEAD_CRC_AT = SEGMENT_HEAD_BYTES - 4;
const ID_BYTES = 16;
/** `NKFT` */
const FOOTER_MAGIC = 0x5446_4b4e;
/** Behind the footer: its length, its checksum, its magic. */
const TAIL_BYTES = 12;
/** Routes take at most this in a footer: more of them is not worth it. */
const LARGEST_FOOTER = 2 * 1024 * 1024;

export interface SegmentHead {
  readonly life: number;
  /** Position of its first record. */
  readonly first: number;
  /** Up to here the segments before it are complete; from here to `first` there is nothing, and never was. */
  readonly previousEnd: number;
  /** Id of the store. */
  readonly store: string;
  /** When the first record was accepted, Unix ms. */
  readonly acceptedMs: number;
  /** Of all the rest: the frames of this segment are checked with it, so that no bytes of another one pass for its own. */
  readonly seed: number;
}

/** A head that cannot be used. */
export type HeadTrouble = 'damaged' | 'unknown_version';

export function makeSegmentHead(facts: Omit<SegmentHead, 'seed'>): SegmentHead {
  return { ...facts, seed: writeSegmentHead(facts).readUInt32LE(HEAD_CRC_AT) };
}

function writeSegmentHead(facts: Omit<SegmentHead, 'seed'>): Buffer {
  const { life, first, previousEnd, store, acceptedMs } = facts;
  const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES);
  bytes.writeUInt32LE(SEGMENT_MAGIC, 0);
  bytes.writeUInt8(FORMAT_VERSION, 4);
  bytes.writeDoubleLE(life, 8);
  bytes.writeDoubleLE(first, 16);
  bytes.writeDoubleLE(previousEnd, 24);
  bytes.write(store, 32, ID_BYTES, 'latin1');
  bytes.writeDoubleLE(acceptedMs, 32 + ID_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEAD_CRC_AT)), HEAD_CRC_AT);
  return bytes;
}

/** A later version keeps magic, version and checksum where they are. */
export function readSegmentHead(bytes: Buffer): SegmentHead | HeadTrouble {
  if (bytes.length < SEGMENT_HEAD_BYTES || bytes.readUInt32LE(0) !== SEGMENT_MAGIC) return 'damaged';
  if (bytes.readUInt32LE(HEAD_CRC_AT) !== crc32(bytes.subarray(0, HEAD_CRC_AT))) return 'damaged';
  if (bytes.readUInt8(4) !== FORMAT_VERSION) return 'unknown_version';
  const head = {
    life: bytes.readDoubleLE(8),
    first: bytes.readDoubleLE(16),
    previousEnd: bytes.readDoubleLE(24),
    store: bytes.toString('latin1', 32, 32 + ID_BYTES).replace(/\0+$/, ''),
    acceptedMs: bytes.readDoubleLE(32 + ID_BYTES),
    seed: bytes.readUInt32LE(HEAD_CRC_AT),
  };
  const sound = [head.life, head.first, head.previousEnd].every(Number.isSafeInteger);
  return sound && head.previousEnd <= head.first ? head : 'damaged';
}

/** What stands in the footer. */
export interface Footer {
  readonly end: number;
  /** Of the newest record, Unix ms. */
  readonly lastAcceptedMs: number;
  readonly tallies: readonly Tally[];
  readonly routes: ReadonlyMap<number, Route>;
  /** Where the frames end in the file. */
  readonly framesEnd: number;
}

/** @param routes definitions of all routes that may be in use, for frames behind a damaged one */
export function writeFooter(
  end: number,
  lastAcceptedMs: number,
  tallies: Iterable<Tally>,
  routes: Buffer,
): Buffer {
  const facts = Buffer.from(JSON.stringify({ end, lastAcceptedMs, tallies: [...tallies] }));
  const kept = routes.length <= LARGEST_FOOTER ? routes : Buffer.alloc(0);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(FOOTER_MAGIC, 0);
  lengths.writeUInt32LE(facts.length, 4);
  const body = Buffer.concat([lengths, facts, kept]);
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(body.length, 0);
  tail.writeUInt32LE(crc32(body), 4);
  tail.writeUInt32LE(FOOTER_MAGIC, 8);
  return Buffer.concat([body, tail]);
}

/** @returns `null`: it is not sealed, or its footer is damaged */
export async function readFooter(file: DiskFile, size: number): Promise<Footer | null> {
  const tail = await readAt(file, size - TAIL_BYTES, TAIL_BYTES);
  if (tail === null || tail.readUInt32LE(8) !== FOOTER_MAGIC) return null;
  const length = tail.readUInt32LE(0);
  if (length > LARGEST_FOOTER * 2) return null;
  const framesEnd = size - TAIL_BYTES - length;
  const body = await readAt(file, framesEnd, length);
  if (body === null || length < 8 || crc32(body) !== tail.readUInt32LE(4)) return null;
  try {
    return { ...parseFooter(body), framesEnd };
  } catch {
    return null;
  }
}

function parseFooter(body: Buffer): Omit<Footer, 'framesEnd'> {
  const from = new ByteReader(body, 8);
  const facts = JSON.parse(from.raw(body.readUInt32LE(4)).toString()) as Omit<Footer, 'routes' | 'framesEnd'>;
  const routes = new Map<number, Route>();
  readRoutes(body.subarray(from.at), routes);
  // The checksum says that we wrote it; JSON has no word for an infinite time.
  return { end: facts.end, lastAcceptedMs: facts.lastAcceptedMs ?? 0, tallies: facts.tallies, routes };
}

export function isFooter(bytes: Buffer, at: number): boolean {
  return at + 4 <= bytes.length && bytes.readUInt32LE(at) === FOOTER_MAGIC;
}

/** @returns `null`: there is less */
export async function readAt(file: DiskFile, at: number, length: number): Promise<Buffer | null> {
  if (at < 0) return null;
  const bytes = Buffer.allocUnsafe(length);
  return (await file.read(bytes, at)) === length ? bytes : null;
}

const NAME = /^(\d{16})-(\d+)-(\d+)\.seg$/;

/** A segment file by its name. By first position, then life, then number in that life: of two that overlap, the later one counts. */
export interface SegmentName {
  readonly first: number;
  readonly life: number;
  readonly number: number;
}

export function segmentName({ first, life, number }: SegmentName): string {
  return `${String(first).padStart(16, '0')}-${life}-${number}.seg`;
}

export function parseSegmentName(name: string): SegmentName | null {
  const [, first, life, number] = (NAME.exec(name) ?? []).map(Number);
  if (first === undefined || life === undefined || number === undefined) return null;
  return [first, life, number].every(Number.isSafeInteger) ? { first, life, number } : null;
}

export function byAge(a: SegmentName, b: SegmentName): number {
  return a.first - b.first || a.life - b.life || a.number - b.number;
}

/** The segment that a lane writes to. */
export class SegmentWriter {
  readonly path: string;
  readonly head: SegmentHead;
  readonly #disk: Disk;
  #file: DiskFile | null = null;
  #bytes = 0;
  #durable = 0;

  constructor(disk: Disk, path: string, head: SegmentHead) {
    this.#disk = disk;
    this.path = path;
    this.head = head;
  }

  /** Written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of these, synced. */
  get durableBytes(): number {
    return this.#durable;
  }

  /** @param folder whose entry of the file is synced with the first sync */
  async write(bytes: Buffer, folder: string): Promise<void> {
    if (this.#file === null) {
      this.#file = await this.#disk.open(this.path, 'create');
      const first = Buffer.concat([writeSegmentHead(this.head), bytes]);
      await this.#file.write(first, 0);
      this.#bytes = first.length;
      await this.#disk.syncFolder(folder);
      return;
    }
    await this.#file.write(bytes, this.#bytes);
    this.#bytes += bytes.length;
  }

  async sync(): Promise<void> {
    await this.#file?.datasync();
    this.#durable = this.#bytes;
  }

  /** Ends it. Rejects: the footer is not there; what was synced is. */
  async seal(footer: Buffer): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    try {
      await file.write(footer, this.#bytes);
      await file.datasync();
      this.#bytes += footer.length;
    } finally {
      await file.close();
    }
  }

  /** After a failure: nothing is written to it any more, and what was not synced is cut off, as far as that is possible. */
  async abandon(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file === null) return;
    try {
      await file.truncate(this.#durable);
      await file.datasync();
    } catch {
      // The next segment begins where this one was durable, so that what stands behind is never read.
    }
    await file.close();
  }
}
