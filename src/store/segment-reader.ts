import type { DiskFile } from './disk.js';
import {
  FRAME_HEAD_BYTES,
  FRAME_MAGIC,
  readFrameHead,
  readRoutes,
  unpackBody,
  type FrameHead,
} from './frame.js';
import type { Route } from './record-codec.js';
import { isFooter, readFooter, SEGMENT_HEAD_BYTES, type Footer, type SegmentHead } from './segment.js';

/** So much is read ahead at once; a larger frame is read as a whole. */
const WINDOW_BYTES = 256 * 1024;
const MAGIC_BYTES = Buffer.alloc(4);
MAGIC_BYTES.writeUInt32LE(FRAME_MAGIC);

/** A frame, checked and unpacked. */
export interface Frame {
  readonly head: FrameHead;
  /** Definitions of routes, then records; a view that the next frame overwrites. */
  readonly body: Buffer;
}

/** Reads the frames of a segment one after the other, and finds the next one behind a damaged place. */
export class SegmentReader {
  readonly file: DiskFile;
  /** All routes so far. */
  readonly routes = new Map<number, Route>();
  readonly head: SegmentHead;
  #limit: number;
  #at = SEGMENT_HEAD_BYTES;
  #footer: Footer | null | undefined;
  /** The part of the file from `#windowAt` on that is in memory. */
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #spare: Buffer = Buffer.alloc(0);

  /** @param limit bytes that may be read */
  constructor(file: DiskFile, head: SegmentHead, limit: number) {
    this.file = file;
    this.head = head;
    this.#limit = limit;
  }

  /** More was synced. */
  extend(limit: number): void {
    this.#limit = limit;
  }

  /**
   * The next frame whose records matter.
   *
   * @param needed is asked about each frame, in order, once it is known to be sound; of the others only the routes are read
   * @returns `null`: there is none up to the limit
   */
  async next(needed: (head: FrameHead) => boolean): Promise<Frame | null> {
    for (;;) {
      const bytes = await this.#bytes(this.#at, FRAME_HEAD_BYTES);
      const head = bytes === null ? null : readFrameHead(bytes, this.head.seed);
      if (head === null) {
        if (bytes === null || isFooter(bytes, 0) || !(await this.#findNext())) return this.#atEnd(bytes);
        continue;
      }
      const frame = await this.#read(head);
      if (frame !== null && needed(head)) return frame;
    }
  }

  /** What is left behind the last frame, but for a footer, is damage, or was never synced. */
  #atEnd(bytes: Buffer | null): null {
    if (bytes !== null && !isFooter(bytes, 0)) this.#at = this.#limit;
    return null;
  }

  /** @returns `null`: it is damaged */
  async #read(head: FrameHead): Promise<Frame | null> {
    const at = this.#at + FRAME_HEAD_BYTES;
    const stored = await this.#bytes(at, head.length);
    const body = stored === null ? null : await unpackBody(head, stored, this.file.onTheSpot);
    if (body === null) {
      await this.#useFooter();
      // Its head is sound; where no frame follows all the same, the next one is looked for from here on.
      const following = await this.#bytes(at + head.length, FRAME_HEAD_BYTES);
      this.#at = following !== null && this.#isKnown(following) ? at + head.length : at;
      return null;
    }
    try {
      for (const number of this.routes.keys()) {
        if (number >= head.routeBase) break;
        this.routes.delete(number);
      }
      readRoutes(body.subarray(0, head.routesLength), this.routes);
    } catch {
      // Records whose route is missing are, too.
    }
    this.#at = at + head.length;
    return { head, body };
  }

  #isKnown(bytes: Buffer): boolean {
    return isFooter(bytes, 0) || readFrameHead(bytes, this.head.seed) !== null;
  }

  /** @returns false: there is none up to the limit */
  async #findNext(): Promise<boolean> {
    await this.#useFooter();
    for (let at = this.#at + 1; at < this.#limit;) {
      const length = Math.min(WINDOW_BYTES, this.#limit - at);
      const bytes = await this.#bytes(at, length);
      if (bytes === null) return false;
      const found = bytes.indexOf(MAGIC_BYTES);
      if (found === -1) {
        at += Math.max(1, length - MAGIC_BYTES.length + 1);
        if (length < WINDOW_BYTES) return false;
        continue;
      }
      this.#at = at + found;
      const head = await this.#bytes(this.#at, FRAME_HEAD_BYTES);
      if (head === null) return false;
      if (readFrameHead(head, this.head.seed) !== null) return true;
      at = this.#at + 1;
    }
    return false;
  }

  /** The frame that is damaged may have defined routes: a sealed segment has them twice. */
  async #useFooter(): Promise<void> {
    if (this.#footer !== undefined) return;
    this.#footer = await readFooter(this.file, this.#limit);
    for (const [number, route] of this.#footer?.routes ?? []) this.routes.set(number, route);
  }

  /** A view of the file, until the next call. `null`: the limit, or the file, is shorter. */
  async #bytes(at: number, length: number): Promise<Buffer | null> {
    if (at + length > this.#limit) return null;
    const start = at - this.#windowAt;
    if (start >= 0 && start + length <= this.#window.length) {
      return this.#window.subarray(start, start + length);
    }
    const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.#limit - at);
    if (this.#spare.length < wanted || this.#spare.length > 4 * Math.max(wanted, WINDOW_BYTES)) {
      this.#spare = Buffer.allocUnsafeSlow(Math.max(wanted, WINDOW_BYTES));
    }
    this.#window = this.#spare.subarray(0, 0);
    const read = await this.file.read(this.#spare.subarray(0, wanted), at);
    this.#window = this.#spare.subarray(0, read);
    this.#windowAt = at;
    return read < length ? null : this.#window.subarray(0, length);
  }
}
