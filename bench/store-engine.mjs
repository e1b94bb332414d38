// The store alone, without a client, in a process of its own: how fast it takes records, commits them and reads them again,
// and what that writes. Prints one line of JSON.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { diskUse } from './disk-use.mjs';

const { values } = parseArgs({
  options: {
    variant: { type: 'string' },
    // Modules made of files of src.
    modules: { type: 'string' },
    // Where the store is.
    folder: { type: 'string' },
    records: { type: 'string' },
    // Only for commits: records a commit, and the block device that the folder is on.
    group: { type: 'string', default: '100' },
    device: { type: 'string' },
  },
});
const load = (name) => import(pathToFileURL(path.join(values.modules, `${name}.mjs`)).href);
const [{ DiskStore }, { NodeDisk }, { CommitTurns }, { systemClock }, { RecordHeaders }] = await Promise.all(
  ['store', 'node-disk', 'commit-scheduler', 'clock', 'outgoing-record'].map(load),
);

const records = Number(values.records);
const VALUE_BYTES = 600;
const ROUTES = 200;
const MOST_UNSYNCED_BYTES = 4 * 2 ** 20;
const READ = 500;
const SECTOR_BYTES = 512;

const routes = Array.from({ length: ROUTES }, (_, n) => ({
  topic: 'bench.telemetry',
  key: Buffer.from(`${n}`),
  headers: new RecordHeaders(
    [
      ['app_id', '7'],
      ['app_name', 'bench'],
      ['kind', 'telemetry'],
      ['device_id', `${n}`],
      ['device_name', `pump-${n}`],
      ['ts_ms', ''],
      ['channel', 'modbus-1'],
      ['format', 'envelope_json'],
      ['site', 'plant-1'],
    ],
    5,
  ),
  kind: 'telemetry',
  deviceId: n,
  deviceName: `pump-${n}`,
}));
/** As an encoder makes them: text of which little repeats within one record. */
const VALUES = Array.from({ length: 1_000 }, (_, n) =>
  Buffer.from(`{"device":${n},`.padEnd(VALUE_BYTES, `"v${n * 7919}":${n * 31},`)),
);

async function openStore() {
  const disk = new NodeDisk();
  const listener = {
    onSynced() {},
    onLost: (lane, cause) => fail(`records were lost: ${cause}`),
    onUnstored: () => fail('the disk did not take a record'),
    onDegraded: (error) => fail(error.message),
    onWorking() {},
    onWarning() {},
  };
  const lane = {
    name: 'telemetry',
    kinds: new Set(['telemetry']),
    storeAfterMs: 1000,
    commitIntervalMs: 200,
    maxBytes: 2 ** 33,
    maxAgeMs: 604_800_000,
    evictable: true,
  };
  const options = {
    folder: values.folder,
    maxBytes: 2 ** 33,
    minFreeBytes: 0,
    whenFull: 'drop_oldest',
    compress: false,
    allowNetworkFs: false,
    lanes: [lane],
  };
  const store = new DiskStore(options, disk, systemClock(), new CommitTurns(), listener);
  await store.open();
  if (!store.working) fail('the store does not work');
  return { store, lane: store.lane('telemetry') };
}

function fail(problem) {
  throw new Error(problem);
}

/** One object for all, as the store copies what it needs; the library does the same. */
const message = {
  ...routes[0],
  value: VALUES[0],
  timestampMs: 0,
  life: 0,
  sequence: 0,
  acceptedAtMs: 0,
  handedOver: false,
};

function recordAt(store, sequence) {
  const { key, headers, deviceId, deviceName } = routes[sequence % ROUTES];
  message.key = key;
  message.headers = headers;
  message.deviceId = deviceId;
  message.deviceName = deviceName;
  message.value = VALUES[sequence % VALUES.length];
  message.timestampMs = 1_734_870_900_000 + sequence;
  message.life = store.life;
  message.sequence = sequence;
  message.acceptedAtMs = Date.now();
  return message;
}

async function timed(work) {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const seconds = (performance.now() - from) / 1000;
  const used = process.cpuUsage(cpu);
  return { rate: records / seconds, cpuSecondsPerMillion: (used.user + used.system) / records };
}

/** Appends as fast as the disk takes it, until all is synced. */
async function fill({ store, lane }) {
  for (let sequence = 0; sequence < records;) {
    const end = Math.min(records, sequence + READ);
    for (; sequence < end; sequence += 1) lane.append(recordAt(store, sequence), false);
    if (lane.unsynced.bytes > MOST_UNSYNCED_BYTES) await store.flush();
  }
  await store.flush();
}

async function append() {
  const opened = await openStore();
  const before = await diskUse();
  const result = await timed(() => fill(opened));
  const { deviceBytes } = await diskUse();
  const payload = records * VALUE_BYTES;
  await opened.store.close(new Promise(() => {}));
  return {
    ...result,
    storeRatio: opened.store.metrics().bytesWritten / payload,
    deviceRatio: (deviceBytes - before.deviceBytes) / payload,
  };
}

/** What a former life has left: read in portions, and acknowledged at once, as a port that does nothing would. */
async function read() {
  const former = await openStore();
  await fill(former);
  await former.store.close(new Promise(() => {}));
  const from = performance.now();
  const { store, lane } = await openStore();
  const openMs = performance.now() - from;
  let found = 0;
  const result = await timed(async () => {
    while (found < records) {
      const portion = await lane.read(READ);
      if (portion.length === 0) fail(`${found} of ${records} records were read`);
      found += portion.length;
      for (const { position } of portion) lane.acknowledge(position);
    }
  });
  await store.close(new Promise(() => {}));
  return { ...result, openMs };
}

/** A group of records in each commit. */
async function commits() {
  const group = Number(values.group);
  const { store, lane } = await openStore();
  const before = [(await diskUse()).deviceBytes, await sectorsWritten()];
  for (let sequence = 0; sequence < records;) {
    for (const end = sequence + group; sequence < end; sequence += 1) {
      lane.append(recordAt(store, sequence), false);
    }
    await store.flush();
  }
  const after = [(await diskUse()).deviceBytes, await sectorsWritten()];
  const payload = records * VALUE_BYTES;
  const { bytesWritten } = store.metrics();
  await store.close(new Promise(() => {}));
  return {
    storeRatio: bytesWritten / payload,
    processRatio: (after[0] - before[0]) / payload,
    deviceRatio: values.device === undefined ? null : ((after[1] - before[1]) * SECTOR_BYTES) / payload,
  };
}

/** Of the device, by anybody; 0 where it is not known. */
async function sectorsWritten() {
  if (values.device === undefined) return 0;
  const all = await readFile(`/sys/class/block/${values.device}/stat`, 'utf8');
  return Number(all.trim().split(/\s+/)[6]);
}

const variants = { append, read, commits };
console.log(JSON.stringify(await variants[values.variant]()));
