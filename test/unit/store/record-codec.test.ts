import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordHeaders } from '../../../src/record/outgoing-record.js';
import { ByteReader, ByteWriter, Malformed } from '../../../src/store/bytes.js';
import type { RecordToStore } from '../../../src/store/port.js';
import {
  Previous,
  readRoute,
  RecordCursor,
  writeRecord,
  writeRoute,
  type Route,
} from '../../../src/store/record-codec.js';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const headers = fc
  .record({
    list: fc.array(fc.tuple(fc.string(), fc.oneof(fc.string(), bytes, fc.constant(null)))),
    timestampAt: fc.integer({ min: -1, max: 9 }),
    messageIdAt: fc.integer({ min: -1, max: 9 }),
  })
  .map(({ list, timestampAt, messageIdAt }) => new RecordHeaders(list, timestampAt, messageIdAt));
const route: fc.Arbitrary<Route> = fc.record({
  topic: fc.string(),
  key: fc.option(bytes),
  headers,
  kind: fc.constantFrom('telemetry' as const, 'alarm' as const, 'dead_letter' as const, 'data_gap' as const),
  deviceId: fc.oneof(fc.constant(null), fc.double(), fc.integer(), fc.string()),
  deviceName: fc.string(),
});
const time = fc.oneof(
  fc.integer({ min: 1_780_000_000_000, max: 1_780_000_100_000 }),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(0, -0, -1, 8.64e15, -8.64e15, NaN, Infinity),
);
const packed = fc.array(fc.tuple(fc.nat(70_000), fc.integer({ min: -86_400_000, max: 86_400_000 })), {
  minLength: 2,
});
const record = fc.record({
  value: fc.option(bytes),
  timestampMs: time,
  acceptedAtMs: time,
  handedOver: fc.boolean(),
  life: fc.integer({ min: 1, max: 4 }),
  sequence: fc.oneof(
    fc.nat(1_000),
    fc.nat(Number.MAX_SAFE_INTEGER - 1).map((n) => Math.floor(n / 4)),
  ),
});

describe('bytes of records', () => {
  it('the events of a record come back as they were, and what follows too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -8.64e15, max: 8.64e15 }),
        packed,
        bytes,
        (timestampMs, events, value) => {
          const whole = {
            lengths: events.map(([length]) => length),
            timestamps: events.map(([, difference]) => timestampMs + difference),
          };
          const given = { value, timestampMs, acceptedAtMs: 1, handedOver: false, life: 1, sequence: 1 };
          const writer = new ByteWriter(1);
          const before = new Previous();
          writeRecord(writer, { ...given, packed: whole } as unknown as RecordToStore, 1, 1, before);
          writeRecord(writer, given as RecordToStore, 2, 1, before);
          const cursor = new RecordCursor(new ByteReader(writer.written), 1);
          cursor.next();
          expect({ events: cursor.events, packed: cursor.packed, value: cursor.value }).toEqual({
            events: events.length,
            packed: whole,
            value,
          });
          cursor.noteHandedOver();
          cursor.next();
          expect([cursor.route, cursor.events, cursor.packed]).toEqual([2, 1, null]);
          expect(cursor.value).toEqual(value);
        },
      ),
    );
  });

  it('a route comes back as it was', () => {
    fc.assert(
      fc.property(route, (given) => {
        const writer = new ByteWriter(1);
        writeRoute(writer, given);
        expect(readRoute(new ByteReader(writer.written))).toEqual(given);
      }),
    );
  });

  it('records come back as they were, whatever stood before them', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        const writer = new ByteWriter(1);
        const before = new Previous();
        records.forEach((each, index) => {
          writeRecord(writer, each as RecordToStore, index * 1_000, 2, before);
        });
        const cursor = new RecordCursor(new ByteReader(writer.written), 2);
        records.forEach((each, index) => {
          cursor.next();
          const { route: number, life, sequence, handedOver, timestampMs, acceptedAtMs, value } = cursor;
          expect(number).toBe(index * 1_000);
          expect({ life, sequence, handedOver, timestampMs, acceptedAtMs, value }).toEqual(each);
        });
        expect(() => cursor.next()).toThrow(Malformed);
      }),
    );
  });

  it('a record is marked as handed over in its bytes', () => {
    const writer = new ByteWriter(8);
    const plain = { value: null, timestampMs: 5, acceptedAtMs: 7, handedOver: false, life: 1, sequence: 3 };
    writeRecord(writer, plain as RecordToStore, 0, 1, new Previous());
    const first = new RecordCursor(new ByteReader(writer.written), 1);
    first.next();
    first.noteHandedOver();
    const second = new RecordCursor(new ByteReader(writer.written), 1);
    second.next();
    expect([first.handedOver, second.handedOver]).toEqual([false, true]);
  });

  it('takes few bytes for a record like the one before', () => {
    const writer = new ByteWriter(8);
    const before = new Previous();
    const at = (sequence: number): RecordToStore =>
      ({
        value: null,
        timestampMs: 1.78e12 + sequence,
        acceptedAtMs: 1.78e12,
        handedOver: false,
        life: 1,
        sequence,
      }) as RecordToStore;
    writeRecord(writer, at(1), 1, 1, before);
    const length = writer.length;
    writeRecord(writer, at(2), 1, 1, before);
    expect(writer.length - length).toBe(5);
  });

  it('any bytes are read or refused, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (array) => {
        const read = (work: (from: ByteReader) => void): void => {
          try {
            work(new ByteReader(Buffer.from(array)));
          } catch (error) {
            expect(error).toBeInstanceOf(Malformed);
          }
        };
        read((from) => void readRoute(from));
        read((from) => new RecordCursor(from, 1).next());
      }),
    );
  });
});
