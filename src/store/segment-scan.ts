import type { Clock } from '../core/clock.js';
import { ByteReader, Malformed } from './bytes.js';
import type { Disk } from './disk.js';
import { RecordCursor } from './record-codec.js';
import { SegmentReader, type Frame } from './segment-reader.js';
import type { Segment } from './segments.js';
import { lostRecord, type Lost } from './stored-record.js';

/**
 * What a segment holds of the wanted positions, for the books; what cannot be read is left out. Never rejects.
 *
 * @param life of the store
 */
export async function scanSegment(
  disk: Disk,
  clock: Clock,
  segment: Segment,
  life: number,
  wanted: (position: number) => boolean,
): Promise<Lost[]> {
  const found: Lost[] = [];
  try {
    const file = await disk.open(segment.path, 'read');
    try {
      const reader = new SegmentReader(file, segment.head, segment.bytes);
      for (;;) {
        const frame = await reader.next(() => true);
        if (frame === null) break;
        scanFrame(frame, reader, segment, life, wanted, found);
        // Other work of the process gets its turn.
        await new Promise<void>((resolve) => {
          clock.soon(resolve);
        });
      }
    } finally {
      await file.close();
    }
  } catch {
    // What could be read counts by itself, the rest by the number of its positions.
  }
  return found;
}

function scanFrame(
  { head, body }: Frame,
  reader: SegmentReader,
  segment: Segment,
  life: number,
  wanted: (position: number) => boolean,
  found: Lost[],
): void {
  const cursor = new RecordCursor(new ByteReader(body, head.routesLength), segment.head.life);
  for (let position = head.first; position < head.first + head.count; position += 1) {
    try {
      cursor.next();
    } catch (error) {
      if (error instanceof Malformed) return;
      throw error;
    }
    const route = reader.routes.get(cursor.route);
    const inside = position >= segment.head.first && position < segment.end;
    if (route !== undefined && inside && wanted(position)) {
      found.push(lostRecord(position, cursor, route, life));
    }
  }
}
