import { describe, expect, it } from 'vitest';
import { RecordHeaders } from '../../../src/record/outgoing-record.js';
import { KeptBytes } from '../../../src/uplink/delivery/kept-bytes.js';
import { Pending, TopicQueue } from '../../../src/uplink/delivery/pending.js';
import { PendingPool } from '../../../src/uplink/delivery/pending-pool.js';

/** What each message has of its own: where it is, what became of it, who is told. A field that is new belongs here or into `copyOf()`. */
const OWN = new Set(
  (
    'id state passing together failure partition offset counted countedAsSynced owner promise resolve reject index ' +
    'caller position place replayed origin originPosition laneList olderInLane newerInLane next older newer'
  ).split(' '),
);

/** One in which nothing is as it was made. */
function filled(): Pending {
  const pending = new Pending(7, new KeptBytes());
  pending.value = Buffer.from('[1,2]');
  return Object.assign(pending, {
    topic: 't',
    key: Buffer.from('k'),
    headers: new RecordHeaders([['a', 'b']]),
    timestampMs: 1,
    kind: 'alarm',
    deviceId: 2,
    deviceName: 'd',
    messageId: 'm-1-1',
    pack: { maxEvents: 2, maxBytes: 3, maxWaitMs: 4 },
    packed: { lengths: [1, 1], timestamps: [5, 6] },
    events: 2,
    bytes: 8,
    sequence: 9,
    acceptedAt: 10,
    resent: true,
    queue: new TopicQueue('t'),
    untilStored: true,
    mustBeStored: true,
    life: 11,
    number: 12,
    acceptedAtMs: 13,
    former: true,
  });
}

function fieldsOf(pending: Pending): Record<string, unknown> {
  const fields = Object.entries(pending).filter(([name]) => !OWN.has(name));
  return { ...Object.fromEntries(fields), value: pending.value };
}

describe('a message that is made of another one', () => {
  it('has all that was accepted, whatever fields there are', () => {
    const whole = filled();
    const empty = fieldsOf(new Pending(0, new KeptBytes()));
    // Each field is looked at: none is as in an empty one.
    for (const [name, value] of Object.entries(fieldsOf(whole))) expect(value, name).not.toEqual(empty[name]);
    const part = new PendingPool().take();
    part.copyOf(whole);
    expect(fieldsOf(part)).toEqual(fieldsOf(whole));
  });
});
