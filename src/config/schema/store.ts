import { STORED_KINDS } from '../../api/kinds.js';
import {
  choice,
  choices,
  decimal,
  flag,
  integer,
  object,
  objects,
  orNull,
  requiredText,
  section,
  variant,
  type Schema,
} from './kit.js';

const INT32_MAX = 2_147_483_647;
const MIB = 1024 * 1024;
const MILLISECONDS = { minimum: 0, maximum: INT32_MAX };
/** Less does not hold one record of the size that Kafka takes by default. */
const BYTES = { minimum: MIB, maximum: Number.MAX_SAFE_INTEGER };
const AGE = { minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
/** Of the window: less would mean that a backlog never ends. */
const SHARE = { minimum: 0.01, maximum: 1 };

/** An integer, or `null` for what the store says. */
function asStore(title: string, description: string, limits: object): Schema {
  return orNull(title, description, { ...limits, type: 'integer' });
}

const lane = object('Lane', 'A queue on disk, with bounds of its own.', {
  kinds: choices(
    'Kinds',
    'Kinds that this lane takes. What no lane names stays where it is by default; a kind in two lanes is an error.',
    STORED_KINDS,
  ),
  storeAfterMs: asStore(
    'Store after (ms)',
    'As uplink.store.storeAfterMs, for this lane. null: as there; 0 for critical.',
    MILLISECONDS,
  ),
  maxBytes: asStore(
    'Bytes',
    'Most bytes of this lane on disk. null: no bound of its own but uplink.store.maxBytes.',
    BYTES,
  ),
  maxAgeMs: asStore(
    'Age (ms)',
    'How long a message of this lane is worth keeping, in milliseconds. null: as uplink.store.maxAgeMs.',
    AGE,
  ),
});

const replay = section('Replay', 'How what waits on disk is sent when Kafka is back.', {
  order: choice(
    'Order',
    'per_key: live messages with a key wait on disk behind the backlog of their lane, so that order per key holds; live_first: they do not wait, and what is sent from disk has the header replayed.',
    ['per_key', 'live_first'],
    'per_key',
  ),
  share: decimal(
    'Share',
    'Most of the messages on their way that may come from disk while live ones wait, as a part of 1. When none wait, all of it.',
    0.25,
    SHARE,
  ),
});

const fields = {
  path: requiredText(
    'Folder',
    'Parent folder. The application has its own in it, app-{app.id}, which is made when it is missing. A relative path is taken from the working directory, with a warning.',
  ),
  storeAfterMs: integer(
    'Store after (ms)',
    'A message without a report from Kafka after this time goes to disk, in milliseconds. 0: every message is on disk before it is sent.',
    1000,
    MILLISECONDS,
  ),
  commitIntervalMs: integer(
    'Commit interval (ms)',
    'Shortest time between the starts of two commits of a lane, in milliseconds; 20 for critical. Longer wears the disk less.',
    200,
    { minimum: 1, maximum: 600_000 },
  ),
  maxBytes: integer('Bytes', 'Most bytes on disk, all lanes together.', 1024 * MIB, BYTES),
  maxAgeMs: integer(
    'Age (ms)',
    'How long a message is worth keeping, in milliseconds; then it is lost as expired.',
    604_800_000,
    AGE,
  ),
  minFreeBytes: integer('Free bytes', 'Free space that the disk keeps for others.', 256 * MIB, {
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  }),
  whenFull: choice(
    'When full',
    'drop_oldest: the oldest messages of the least important lane are lost, and counted; reject_new: a new message is refused with STORE_FULL. The lane critical always refuses.',
    ['drop_oldest', 'reject_new'],
    'drop_oldest',
  ),
  lanes: objects(
    'Lanes',
    'Queues on disk by name, laid over the three that are always there: critical (alarms, responses, dead letters), state (online, offline, attributes), telemetry. Further ones come after these; the last one is the least important.',
    lane,
  ),
  replay,
  compress: flag('Compress', 'Deflate what is written: less wear, more work.', false),
  allowNetworkFs: flag(
    'Network file system',
    'Take a network file system (NFS, SMB) too. What it says is on disk may not be.',
    false,
  ),
};

/** Absent: no store. */
export const store = orNull(
  'Store',
  'Keeps on disk what Kafka does not take at the moment, over outages, restarts and power cuts. null: nothing is kept on disk.',
  variant('Store', 'A store on disk for what Kafka does not take at the moment.', fields),
);
