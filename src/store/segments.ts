import path from 'node:path';
import type { SegmentHead, SegmentName, SegmentWriter } from './segment.js';
import { segmentName } from './segment.js';

/** A segment file of a lane. */
export interface Segment {
  readonly name: SegmentName;
  readonly path: string;
  readonly head: SegmentHead;
  /** Behind its last position. Of the one that is being written: what is synced. */
  end: number;
  bytes: number;
  /** When its newest record was accepted, Unix ms; `null`: not known. */
  lastAcceptedMs: number | null;
  /** When it was last written in this life, on both clocks; `null`: in a former life. */
  written: { readonly wallMs: number; readonly monotonicMs: number } | null;
  /** It is being written. */
  writer: SegmentWriter | null;
  /** Something in it could not be read. */
  damaged: boolean;
}

/** The segments of a lane, the oldest first. */
export class SegmentList {
  readonly folder: string;
  readonly #segments: Segment[] = [];
  #bytes = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  get all(): readonly Segment[] {
    return this.#segments;
  }

  get bytes(): number {
    return this.#bytes;
  }

  pathOf(name: SegmentName): string {
    return path.join(this.folder, segmentName(name));
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
    this.#bytes += segment.bytes;
  }

  /** It has this size now. */
  resize(segment: Segment, bytes: number): void {
    this.#bytes += bytes - segment.bytes;
    segment.bytes = bytes;
  }

  drop(segment: Segment): void {
    const at = this.#segments.indexOf(segment);
    if (at === -1) return;
    this.#segments.splice(at, 1);
    this.#bytes -= segment.bytes;
  }

  /** The first one that may hold this position, or a later one. */
  from(position: number): Segment | undefined {
    return this.#segments.find(({ end, writer }) => end > position || writer !== null);
  }

  after(segment: Segment): Segment | undefined {
    return this.#segments[this.#segments.indexOf(segment) + 1];
  }
}
