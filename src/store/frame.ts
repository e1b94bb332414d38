/**
 * A frame: the records of one commit group with what it needs to be read and checked alone, but for the routes, which are
 * written once a segment. Its head has a checksum of its own, so that a frame whose body is damaged still tells what is missing.
 */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { ByteReader, type ByteWriter } from './bytes.js';
import { readRoute, type Route } from './record-codec.js';

/** `NKFR` */
export const FRAME_MAGIC = 0x5246_4b4e;
export const FORMAT_VERSION = 1;
export const FRAME_HEAD_BYTES = 60;
const HEAD_CRC_AT = FRAME_HEAD_BYTES - 4;
const DEFLATED = 1;
/** Shorter bodies are done on the spot: handing them to another thread costs more. */
const SHORT_BODY = 64 * 1024;

const deflateLong = promisify(zlib.deflateRaw);
const inflateLong = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

export interface FrameHead {
  readonly deflated: boolean;
  /** Of the body as it is in the file. */
  readonly length: number;
  readonly rawLength: number;
  /** Of the definitions of routes, at the begin of the raw body. */
  readonly routesLength: number;
  /** Routes below are not needed any more in this segment. */
  readonly routeBase: number;
  readonly count: number;
  readonly bodyCrc: number;
  /** Position of its first record. */
  readonly first: number;
  /** When it was written: Unix ms, and on the clock that only grows. */
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** What a frame is made of. */
export interface FrameParts {
  readonly routes: Buffer;
  readonly records: Buffer;
  readonly routeBase: number;
  readonly count: number;
  readonly first: number;
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * The bytes of a frame.
 *
 * @param seed of the segment
 * @param into where they are put, from its begin; not with `compress`
 * @param onTheSpot in no other thread
 */
export async function packFrame(
  parts: FrameParts,
  compress: boolean,
  seed: number,
  into: ByteWriter,
  onTheSpot = false,
): Promise<Buffer> {
  const rawLength = parts.routes.length + parts.records.length;
  if (!compress) {
    into.clear();
    into.skip(FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + rawLength);
    into.raw(parts.routes);
    into.raw(parts.records);
    return withHead(into.written, parts, rawLength, 0, seed);
  }
  const body = await deflate(Buffer.concat([parts.routes, parts.records]), onTheSpot);
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + body.length);
  frame.set(body, FRAME_HEAD_BYTES);
  return withHead(frame, parts, rawLength, DEFLATED, seed);
}

function withHead(frame: Buffer, parts: FrameParts, rawLength: number, flags: number, seed: number): Buffer {
  const body = frame.subarray(FRAME_HEAD_BYTES);
  frame.writeUInt32LE(FRAME_MAGIC, 0);
  frame.writeUInt8(FORMAT_VERSION, 4);
  frame.writeUInt8(flags, 5);
  frame.writeUInt16LE(0, 6);
  frame.writeUInt32LE(body.length, 8);
  frame.writeUInt32LE(rawLength, 12);
  frame.writeUInt32LE(parts.routes.length, 16);
  frame.writeUInt32LE(parts.routeBase, 20);
  frame.writeUInt32LE(parts.count, 24);
  frame.writeUInt32LE(zlib.crc32(body), 28);
  frame.writeDoubleLE(parts.first, 32);
  frame.writeDoubleLE(parts.wallMs, 40);
  frame.writeDoubleLE(parts.monotonicMs, 48);
  frame.writeUInt32LE(zlib.crc32(frame.subarray(0, HEAD_CRC_AT), seed), HEAD_CRC_AT);
  return frame;
}

/** @returns `null`: no head of a frame stands here, or a damaged one */
export function readFrameHead(bytes: Buffer, seed: number): FrameHead | null {
  const head = bytes.subarray(0, FRAME_HEAD_BYTES);
  if (head.length < FRAME_HEAD_BYTES || head.readUInt32LE(0) !== FRAME_MAGIC) return null;
  if (head.readUInt32LE(HEAD_CRC_AT) !== zlib.crc32(head.subarray(0, HEAD_CRC_AT), seed)) return null;
  const first = head.readDoubleLE(32);
  const flags = head.readUInt8(5);
  if (head.readUInt8(4) !== FORMAT_VERSION || flags > DEFLATED || !Number.isSafeInteger(first)) return null;
  return {
    deflated: flags === DEFLATED,
    length: head.readUInt32LE(8),
    rawLength: head.readUInt32LE(12),
    routesLength: head.readUInt32LE(16),
    routeBase: head.readUInt32LE(20),
    count: head.readUInt32LE(24),
    bodyCrc: head.readUInt32LE(28),
    first,
    wallMs: head.readDoubleLE(40),
    monotonicMs: head.readDoubleLE(48),
  };
}

/**
 * The raw body: definitions of routes, then records.
 * @param onTheSpot in no other thread
 * @returns `null`: it is damaged
 */
export async function unpackBody(head: FrameHead, body: Buffer, onTheSpot = false): Promise<Buffer | null> {
  if (body.length !== head.length || zlib.crc32(body) !== head.bodyCrc) return null;
  try {
    const raw = head.deflated ? await inflate(body, head.rawLength, onTheSpot) : body;
    return raw.length === head.rawLength && head.routesLength <= raw.length ? raw : null;
  } catch {
    return null;
  }
}

/** Enters the routes that a frame defines. Throws Malformed. */
export function readRoutes(section: Buffer, into: Map<number, Route>): void {
  const from = new ByteReader(section);
  while (from.at < from.end) {
    const number = from.varint();
    into.set(number, readRoute(new ByteReader(from.sized())));
  }
}

async function deflate(raw: Buffer, onTheSpot: boolean): Promise<Buffer> {
  const options = { level: 1 };
  return onTheSpot || raw.length <= SHORT_BODY
    ? zlib.deflateRawSync(raw, options)
    : deflateLong(raw, options);
}

async function inflate(body: Buffer, rawLength: number, onTheSpot: boolean): Promise<Buffer> {
  // What it says of itself bounds the memory that it takes.
  const options = { maxOutputLength: Math.max(1, rawLength) };
  return onTheSpot || rawLength <= SHORT_BODY
    ? zlib.inflateRawSync(body, options)
    : inflateLong(body, options);
}
