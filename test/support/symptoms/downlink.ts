import {
  makeGateway,
  startGateway,
  takeAll,
  until,
  writePoint,
  command,
  TOPIC,
  type Gateway,
} from '../downlink-gateway.js';
import { told, type Symptoms } from './symptom.js';
import { rejection } from '../memory-northward.js';
import type { NorthwardError, RecordPlace } from '../../../src/index.js';

const mapped = { mode: 'mapped_json', config: { request_id: 'id', point_id: 'tag', value: 'v' } };

/** With the platform's record of `body`, and what became of it. */
async function decoded(body: string | null, route: object = {}): Promise<string> {
  const gateway = makeGateway({ writePoint: route });
  const preview = gateway.northward.previewDownlink({ topic: TOPIC, value: body });
  await gateway.northward.stop();
  if (preview.outcome === 'error') return told(preview.error);
  return preview.outcome === 'ignored' ? 'ignored' : `${preview.kind} ${JSON.stringify(preview.data)}`;
}

/** A gateway that is stopped when its symptom is told. */
async function during(
  gateway: Gateway,
  tell: (gateway: Gateway) => string | Promise<string>,
): Promise<string> {
  try {
    return await tell(gateway);
  } finally {
    await gateway.northward.stop({ timeoutMs: 100 });
  }
}

const placeOf = ({ topic, partition, offset }: RecordPlace): string => `${topic} ${partition} ${offset}`;

export const DOWNLINK_SYMPTOMS: Symptoms = {
  'group-pending': async () => {
    const gateway = makeGateway();
    gateway.consumers.assigns = false;
    await gateway.northward.start();
    return during(gateway, async ({ northward }) =>
      told((await rejection(northward.ready({ timeoutMs: 1_000 }))) as NorthwardError),
    );
  },
  'downlink-topic-missing': async () => {
    const gateway = makeGateway();
    gateway.consumers.assigns = false;
    gateway.consumers.failures.push({ code: 3, message: 'Broker: Unknown topic or partition' });
    await gateway.northward.start();
    return during(gateway, async ({ events, northward }) => {
      await until('told', () => events('error').length > 0);
      return told((await rejection(northward.ready({ timeoutMs: 1_000 }))) as NorthwardError);
    });
  },
  'route-off': async () =>
    during(await startGateway({ writePoint: { enabled: false } }), ({ northward }) =>
      JSON.stringify(northward.states),
    ),
  'filter-differs': () =>
    decoded('{"id":"w-1","tag":7,"v":42}', {
      payload: { ...mapped, filter: { mode: 'json_pointer', pointer: '/type', equals: 'write' } },
    }),
  'filter-ignored': async () => {
    const filter = { mode: 'property', key: 'type', equals: 'write' };
    return during(
      await startGateway({ writePoint: { payload: { ...mapped, filter } } }),
      async ({ consumers, events }) => {
        consumers.produce(TOPIC, { value: '{"id":"w-1","tag":7,"v":42}' });
        await until('ignored', () => events('command-ignored').length > 0);
        return `command-ignored ${placeOf(events('command-ignored')[0]!)}`;
      },
    );
  },
  'kind-unknown': () => decoded(writePoint('w-1').replace('write_point', 'writePoint')),
  'kind-other': () => decoded(command('c-1')),
  'not-json': () => decoded("{'request_id': 'w-1'}"),
  'no-envelope': () => decoded('{"request_id":"w-1","point_id":7,"value":42}'),
  'wrong-shape': () => decoded(writePoint('w-1', { point_id: '7' })),
  tombstone: () => decoded(null),
  unmapped: () => decoded('{"id":"w-1","tag":"7","v":42}', { payload: mapped }),
  expired: async () => {
    const gateway = await startGateway({ commandReceived: { enabled: true, topic: TOPIC } });
    return during(gateway, async ({ consumers, events, northward }) => {
      consumers.produce(TOPIC, { value: command('c-1', { timeout_ms: 5000 }) });
      const next = northward.commands().next();
      await until('expired', () => events('command-expired').length > 0);
      await northward.stop();
      await next;
      const { kind, data, meta } = events('command-expired')[0]!;
      return `command-expired ${kind} ${JSON.stringify(data)} ${placeOf(meta)}`;
    });
  },
  dropped: async () => {
    const gateway = await startGateway({ redelivery: { maxAttempts: 2, initialBackoffMs: 1 } });
    return during(gateway, async ({ write, events, northward }) => {
      write('w-1');
      for (const attempt of [1, 2]) {
        const [taken] = await takeAll(northward, 1);
        await taken.nack(new Error(`the device is off (attempt ${attempt})`));
      }
      await until('dropped', () => events('command-dropped').length > 0);
      const { error, meta } = events('command-dropped')[0]!;
      return `command-dropped ${placeOf(meta)}\n${told(error)}\ncause: ${String(error.cause)}`;
    });
  },
  'decode-dropped': async () =>
    during(await startGateway(), async ({ consumers, events }) => {
      consumers.produce(TOPIC, { value: 'on' });
      await until('told', () => events('decode-error').length > 0);
      const { error, record, outcome } = events('decode-error')[0]!;
      return `decode-error ${placeOf(record)}, outcome ${outcome}\n${told(error)}`;
    }),
  'behind-another': async () =>
    during(await startGateway(), async ({ write, northward }) => {
      write('w-1', { key: 'pump-1' });
      write('w-2', { key: 'pump-1' });
      const [first] = await takeAll(northward, 1);
      await until('the other waits', () => northward.metrics().downlink.queue.commands === 1);
      const { inHand, commands } = northward.metrics().downlink.queue;
      await first.ack();
      return `metrics().downlink.queue ${JSON.stringify({ inHand, commands })}`;
    }),
  latest: async () => {
    const gateway = makeGateway({ autoOffsetReset: 'latest' });
    gateway.write('from before');
    await gateway.northward.start();
    await gateway.northward.ready();
    return during(gateway, ({ northward, events }) => {
      const { records, lag } = northward.metrics().downlink;
      return `metrics().downlink ${JSON.stringify({ records, lag })}, ${events('error').length} errors`;
    });
  },
  duplicate: async () =>
    during(await startGateway({ dedupe: { enabled: true } }), async ({ write, events, northward }) => {
      write('w-1');
      const [first] = await takeAll(northward, 1);
      await first.ack();
      write('w-1');
      await until('told', () => events('command-duplicate').length > 0);
      const { meta, first: place } = events('command-duplicate')[0]!;
      return `command-duplicate ${placeOf(meta)}, first ${placeOf(place)}`;
    }),
};
