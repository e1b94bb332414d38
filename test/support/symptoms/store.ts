import {
  createMemoryDisk,
  createMemoryNorthward,
  type MemoryDisk,
  type MemoryNorthward,
} from '../../../src/testing/index.js';
import { asConfig, type StoreLaneMetrics, type StoreMetrics } from '../../../src/index.js';
import { AT, READING, told, type Symptoms } from './symptom.js';

const FOLDER = '/var/lib/gateway/kafka';

interface Setting {
  readonly disk?: MemoryDisk;
  readonly store?: object;
  readonly uplink?: object;
  readonly app?: { readonly id: number };
  /** Takes the warnings of the log. */
  readonly warn?: (line: string, hint: string) => void;
}

const nothing = (): void => undefined;

const gateway = ({
  disk = createMemoryDisk(),
  store,
  uplink,
  app = { id: 1 },
  warn = nothing,
}: Setting = {}): MemoryNorthward =>
  createMemoryNorthward(
    asConfig({
      app,
      connection: { bootstrapServers: 'kafka:9092' },
      uplink: {
        telemetry: { enabled: true, topic: 'plant.telemetry', key: '{{device_id}}' },
        ...uplink,
        store: { path: FOLDER, ...store },
      },
      downlink: { enabled: false },
    }),
    {
      disk,
      now: () => AT,
      logger: {
        debug: nothing,
        info: nothing,
        error: nothing,
        warn: (line, details) => warn(line, String(details?.['hint'])),
      },
    },
  );

const publish = (northward: MemoryNorthward, n: number): void =>
  void northward.publishTelemetry({ ...READING, timestamp: AT + n, values: { n } }).catch(() => undefined);

/** The trouble that a gateway on this disk tells of. */
async function troubleOn(
  disk: MemoryDisk,
  spoil: (disk: MemoryDisk) => void = () => undefined,
): Promise<string> {
  const northward = gateway({ disk });
  const seen: string[] = [];
  northward.on('error', (error) => error.code === 'STORE_DEGRADED' && seen.push(told(error)));
  await northward.start();
  await northward.setConnected(false);
  spoil(disk);
  publish(northward, 0);
  await northward.advanceTime(2_000);
  await northward.stop({ timeoutMs: 100 });
  const [first = 'nothing is told'] = seen;
  return first;
}

/** A call of the disk that fails from the start. */
function failing(call: 'makeFolder' | 'open', code: string): Promise<string> {
  const disk = createMemoryDisk();
  disk.failNext(call, code, 100);
  return troubleOn(disk);
}

/** The same disk, but its files lie on a server. */
function onServer(disk: MemoryDisk): MemoryDisk {
  const life = over(disk.boot(), {
    facts: () => Promise.resolve({ freeBytes: 1e12, sort: 'network', name: 'nfs' }),
  });
  return over(disk, { boot: () => life });
}

/** The object with other members in the place of its own. */
function over<T extends object>(target: T, members: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string' && Object.hasOwn(members, name)) return members[name];
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

function laneOf({ lanes }: StoreMetrics): StoreLaneMetrics {
  const lane = lanes.find((each) => each.lane === 'telemetry');
  if (lane === undefined) throw new Error('there is no lane telemetry');
  return lane;
}

const storeOf = (northward: MemoryNorthward): StoreMetrics => {
  const { store } = northward.metrics();
  if (store === null) throw new Error('there is no store');
  return store;
};

/** A gateway starts with messages on disk, and one more is published while these go out: when that arrives. */
async function newestAfterOutage(order: 'per_key' | 'live_first'): Promise<string> {
  const setting = {
    disk: createMemoryDisk(),
    store: { replay: { order } },
    uplink: { queue: { maxMessages: 400 } },
  };
  const before = gateway(setting);
  await before.start();
  await before.setConnected(false);
  for (let n = 1; n <= 2_000; n += 1) {
    publish(before, n);
    if (n % 100 === 0) await before.advanceTime(2_000);
  }
  await before.stop({ timeoutMs: 100 });
  const northward = gateway(setting);
  northward.holdDelivery();
  await northward.start();
  await northward.settle();
  publish(northward, 2_001);
  await northward.settle();
  await northward.releaseDelivery();
  await northward.advanceTime(5_000);
  const { published } = northward;
  await northward.stop({ timeoutMs: 100 });
  const index = published.findIndex(({ timestampMs }) => timestampMs === AT + 2_001);
  const place = index === 2_000 ? 'behind all of them' : 'between them';
  const replayed = published.filter(({ headers }) => headers['replayed'] === 'true').length;
  return `${order}: 2000 messages on disk, and a new one: it arrives ${place}; ${replayed} have the header replayed`;
}

/** What shows of a store on disk. */
export const STORE_SYMPTOMS: Symptoms = {
  'store-full': () => troubleOn(createMemoryDisk(), (disk) => disk.full()),
  'store-rights': () => failing('makeFolder', 'EACCES'),
  'store-file': () => failing('makeFolder', 'EEXIST'),
  'store-read-only': () => troubleOn(createMemoryDisk(), (disk) => disk.readOnly(true)),
  'store-owned': async () => {
    const disk = createMemoryDisk();
    const first = gateway({ disk });
    await first.start();
    await first.settle();
    try {
      return await troubleOn(disk);
    } finally {
      await first.stop({ timeoutMs: 100 });
    }
  },
  'store-network': () => troubleOn(onServer(createMemoryDisk())),
  'store-orphaned': async () => {
    const disk = createMemoryDisk();
    const former = gateway({ disk, app: { id: 7 } });
    await former.start();
    await former.setConnected(false);
    publish(former, 0);
    await former.stop({ timeoutMs: 2_000 });
    const lines: string[] = [];
    const northward = gateway({ disk, warn: (line, hint) => lines.push(line, `hint: ${String(hint)}`) });
    await northward.start();
    await northward.stop({ timeoutMs: 100 });
    return lines.join('\n');
  },
  'stored-only': async () => {
    const northward = gateway();
    await northward.start();
    await northward.setConnected(false);
    const publishing = northward.publish(READING);
    await northward.advanceTime(31_000);
    const { status } = await publishing;
    const { messages, parked } = laneOf(storeOf(northward));
    const { state } = northward;
    await northward.stop({ timeoutMs: 100 });
    return `status: ${status}\nnorthward.state: ${state}\nlane telemetry of metrics().store: ${JSON.stringify({ messages, parked })}`;
  },
  'store-grows': async () => {
    const northward = gateway({ store: { maxBytes: 64 * 1024 * 1024 } });
    await northward.start();
    await northward.setConnected(false);
    for (let second = 0; second < 120; second += 1) {
      for (let n = 0; n < 20; n += 1) publish(northward, second * 20 + n);
      await northward.advanceTime(1_000);
    }
    const store = storeOf(northward);
    const { messages, oldestMs } = laneOf(store);
    await northward.stop({ timeoutMs: 100 });
    const hours = ((store.fullInMs ?? NaN) / 3_600_000).toFixed(1);
    return `lane telemetry of metrics().store: ${JSON.stringify({ messages, oldestMs })}\nmetrics().store.fullInMs in hours: ${hours}`;
  },
  'store-doubles': async () => {
    const disk = createMemoryDisk();
    const before = gateway({ disk, store: { storeAfterMs: 0 } });
    await before.start();
    before.holdDelivery();
    publish(before, 0);
    await before.advanceTime(1_000);
    disk.kill();
    const after = gateway({ disk, store: { storeAfterMs: 0 } });
    const seen: string[] = [];
    after.on('delivered', ({ id, former, receipt: { maybeDuplicate } }) =>
      seen.push(
        `delivered ${JSON.stringify({ id: id.replace(/^\w+/, '6f0c5b7d1e2a'), former, maybeDuplicate })}`,
      ),
    );
    await after.start();
    await after.settle();
    await after.stop({ timeoutMs: 100 });
    return seen.join('\n');
  },
  'store-order': async () =>
    `${await newestAfterOutage('per_key')}\n${await newestAfterOutage('live_first')}`,
};
