/**
 * One JSON document in two slots that are written in turn, each with a checksum, each synced: a write that is cut off costs that write,
 * and the one before it counts. The file has its whole size from the start, so that a full disk does not stop it.
 */
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { Disk, DiskFile } from './disk.js';

/** 0x89 stands in no JSON text, so that no document looks like a slot. */
const MAGIC = 0x89_4e_4b_53;
const VERSION = 1;
/** magic u32, version u16, 0 u16, slot bytes u32, length u32, number f64, crc32 u32 of all that and the document */
const HEADER_BYTES = 28;
const CRC_AT = 24;
const FIRST_SLOT_BYTES = 128 * 1024;
/** The largest document has 28 bytes less. */
export const LARGEST_SLOT_BYTES = 4 * 1024 * 1024;

interface Slot {
  readonly slotBytes: number;
  readonly number: number;
  /** 0 or 1 */
  readonly place: number;
  readonly state: unknown;
}

interface Opened {
  /** `null`: there is none, or none that can be read. */
  readonly state: unknown;
  readonly file: StateFile;
  /** There was a file, but nothing in it can be read. */
  readonly damaged: boolean;
}

/** On a file system that writes to new places (btrfs, zfs), a disk without any room stops it all the same. */
export class StateFile {
  readonly #disk: Disk;
  readonly #path: string;
  #file: DiskFile;
  #slotBytes: number;
  #number: number;
  /** Where the last good document is: never written over. */
  #place: number;
  /** A larger file has taken the name, and the folder is not synced yet. */
  #nameUnsynced = false;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(disk: Disk, at: string, file: DiskFile, slot: Slot) {
    this.#disk = disk;
    this.#path = at;
    this.#file = file;
    this.#slotBytes = slot.slotBytes;
    this.#number = slot.number;
    this.#place = slot.place;
  }

  /** What stands in it, without touching it; fine when it is not there. Rejects with what the disk says. */
  static async read(disk: Disk, at: string): Promise<Pick<Opened, 'state' | 'damaged'>> {
    const names = await disk.list(path.dirname(at));
    if (!names.includes(path.basename(at))) return { state: null, damaged: false };
    const file = await disk.open(at, 'read');
    try {
      const bytes = await readAll(file);
      const slot = newestOf(bytes);
      return { state: slot?.state ?? null, damaged: slot === null && !bytes.every((byte) => byte === 0) };
    } finally {
      await file.close();
    }
  }

  /** Makes it when it is not there. Rejects with what the disk says, never because of what the file holds. */
  static async open(disk: Disk, at: string): Promise<Opened> {
    const names = await disk.list(path.dirname(at));
    if (!names.includes(path.basename(at))) {
      const file = await make(disk, at, FIRST_SLOT_BYTES);
      return { state: null, file: new StateFile(disk, at, file, NO_SLOT), damaged: false };
    }
    const file = await disk.open(at, 'write');
    try {
      const bytes = await readAll(file);
      const slot = newestOf(bytes);
      if (slot !== null) {
        // Without room for the rest, what is there can be read all the same.
        await fill(file, bytes.length, slot.slotBytes * 2).catch(() => undefined);
        return { state: slot.state, file: new StateFile(disk, at, file, slot), damaged: false };
      }
      if (!isOfLaterVersion(bytes)) {
        await fill(file, 0, FIRST_SLOT_BYTES * 2);
        const blank = bytes.every((byte) => byte === 0);
        return { state: null, file: new StateFile(disk, at, file, NO_SLOT), damaged: !blank };
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    await disk.rename(at, `${at}.later-version`);
    const made = await make(disk, at, FIRST_SLOT_BYTES);
    return { state: null, file: new StateFile(disk, at, made, NO_SLOT), damaged: true };
  }

  /**
   * Resolves when the value, as it is now, survives a power cut. One at a time: a second call waits for the first. When it rejects, the document
   * before it counts, and the next call may be tried. A document beyond `LARGEST_SLOT_BYTES` rejects with the code EFBIG.
   */
  write(value: unknown): Promise<void> {
    let document: Buffer;
    try {
      document = documentOf(value);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return this.#next(() => this.#write(document));
  }

  /** After what is under way. Never rejects. */
  close(): Promise<void> {
    return this.#next(() => this.#file.close());
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => undefined);
    return done;
  }

  async #write(document: Buffer): Promise<void> {
    if (document.length > this.#slotBytes) await this.#grow(document);
    else await this.#writeSlot(document);
    if (!this.#nameUnsynced) return;
    await this.#disk.syncFolder(path.dirname(this.#path));
    this.#nameUnsynced = false;
  }

  async #writeSlot(document: Buffer): Promise<void> {
    const place = 1 - this.#place;
    this.#number += 1;
    sign(document, this.#slotBytes, this.#number);
    await this.#file.write(document, place * this.#slotBytes);
    await this.#file.datasync();
    this.#place = place;
  }

  /** A new file with larger slots takes the place of this one. */
  async #grow(document: Buffer): Promise<void> {
    let slotBytes = this.#slotBytes;
    while (slotBytes < document.length) slotBytes *= 2;
    const next = `${this.#path}.next`;
    await this.#disk.remove(next);
    const file = await make(this.#disk, next, slotBytes);
    try {
      sign(document, slotBytes, this.#number + 1);
      await file.write(document, 0);
      await file.datasync();
      await this.#disk.rename(next, this.#path);
    } catch (error) {
      await file.close();
      await this.#disk.remove(next).catch(() => undefined);
      throw error;
    }
    await this.#file.close();
    this.#file = file;
    this.#slotBytes = slotBytes;
    this.#number += 1;
    this.#place = 0;
    this.#nameUnsynced = true;
  }
}

const NO_SLOT: Slot = { slotBytes: FIRST_SLOT_BYTES, number: 0, place: 1, state: null };

/** A new file of zeros that survives a power cut. */
async function make(disk: Disk, at: string, slotBytes: number): Promise<DiskFile> {
  const file = await disk.open(at, 'create');
  try {
    await fill(file, 0, slotBytes * 2);
    await disk.syncFolder(path.dirname(at));
    return file;
  } catch (error) {
    await file.close();
    await disk.remove(at).catch(() => undefined);
    throw error;
  }
}

/** Zeros, written: a hole would need room later. */
async function fill(file: DiskFile, from: number, to: number): Promise<void> {
  if (from >= to) return;
  await file.write(Buffer.alloc(to - from), from);
  await file.datasync();
}

async function readAll(file: DiskFile): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.min(await file.size(), LARGEST_SLOT_BYTES * 2));
  const read = await file.read(bytes, 0);
  return bytes.subarray(0, read);
}

/** Room for the header, and the value as JSON. */
function documentOf(value: unknown): Buffer {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError('A state has to be a value that JSON can have.');
  const length = Buffer.byteLength(text);
  if (length > LARGEST_SLOT_BYTES - HEADER_BYTES)
    throw Object.assign(
      new Error(`The state has ${length} bytes, at most ${LARGEST_SLOT_BYTES - HEADER_BYTES} are possible.`),
      { code: 'EFBIG' },
    );
  const document = Buffer.alloc(HEADER_BYTES + length);
  document.write(text, HEADER_BYTES);
  return document;
}

function sign(document: Buffer, slotBytes: number, number: number): void {
  document.writeUInt32BE(MAGIC, 0);
  document.writeUInt16BE(VERSION, 4);
  document.writeUInt32BE(slotBytes, 8);
  document.writeUInt32BE(document.length - HEADER_BYTES, 12);
  document.writeDoubleBE(number, 16);
  document.writeUInt32BE(checksum(document), CRC_AT);
}

function checksum(document: Buffer): number {
  return crc32(document.subarray(HEADER_BYTES), crc32(document.subarray(0, CRC_AT)));
}

/** Slots begin at 0, and in the middle, wherever that was when the file was made. */
function newestOf(bytes: Buffer): Slot | null {
  let newest: Slot | null = null;
  for (let slotBytes = FIRST_SLOT_BYTES; slotBytes <= LARGEST_SLOT_BYTES; slotBytes *= 2)
    for (const place of [0, 1]) {
      const slot = slotAt(bytes, slotBytes, place);
      if (slot !== null && (newest === null || slot.number > newest.number)) newest = slot;
    }
  return newest;
}

function slotAt(bytes: Buffer, slotBytes: number, place: number): Slot | null {
  const at = slotBytes * place;
  if (bytes.length < at + HEADER_BYTES) return null;
  if (bytes.readUInt32BE(at) !== MAGIC || bytes.readUInt16BE(at + 4) !== VERSION) return null;
  if (bytes.readUInt32BE(at + 8) !== slotBytes) return null;
  const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 12);
  if (end > bytes.length) return null;
  const document = bytes.subarray(at, end);
  if (document.readUInt32BE(CRC_AT) !== checksum(document)) return null;
  try {
    const state: unknown = JSON.parse(document.toString('utf8', HEADER_BYTES));
    return { slotBytes, number: document.readDoubleBE(16), place, state };
  } catch {
    return null;
  }
}

/** A later version of the library may be installed again: what it wrote is kept aside. */
function isOfLaterVersion(bytes: Buffer): boolean {
  return bytes.length >= HEADER_BYTES && bytes.readUInt32BE(0) === MAGIC && bytes.readUInt16BE(4) > VERSION;
}
