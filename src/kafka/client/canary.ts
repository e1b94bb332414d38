/** One record to a topic, and back: the way of the data, without the group of the gateway. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionError, DeliveryError, NorthwardError } from '../../api/errors.js';
import { Closables } from '../../core/closables.js';
import type { RecordPlace } from '../../api/events.js';
import type { ResolvedConfig } from '../../config/resolved-config.js';
import { NO_HEADERS } from '../../record/outgoing-record.js';
import type { TopicPartition } from '../port/consumer-port.js';
import type { ClientListener, DeliveryFailure, ProducerListener, ProducerPort } from '../port/ports.js';
import type { Canary, CanaryPort } from '../port/probe-port.js';
import { consumerProperties, producerProperties } from './librdkafka.js';
import { loadNative, type Native } from './native.js';
import { buildClient, connectLocally, listen, type NativeConsumer } from './native-client.js';
import { nativeWaits } from './native-waits.js';
import { openNativeProducer } from './producer.js';
import { NativeSource } from './source.js';

/** How long the reader waits before it looks again. */
const LOOK_AGAIN_MS = 50;
/** Records that it takes at a time. */
const AT_A_TIME = 50;
/** What a broker logs of a reader that never joins. */
const GROUP = 'ng-kafka-northward-doctor';

const nothing = (): void => undefined;

export class NativeCanary implements CanaryPort {
  readonly #config: ResolvedConfig;
  readonly #closables = new Closables();

  constructor(config: ResolvedConfig) {
    this.#config = config;
  }

  async produce({ topic, key, value }: Canary, timeoutMs: number): Promise<Place> {
    const report = new Report(topic);
    const producer = await this.#producer(timeoutMs, {
      ...listenerOf((reason) => {
        report.refused('PRODUCER_FATAL', reason);
      }),
      onReport: (_id, failure, partition, offset) => {
        if (failure === null) report.arrived({ topic, partition, offset });
        else report.refused(failure.code, failure.origin, failure.refusal?.hint);
      },
      onTakes: nothing,
      onReturned: nothing,
      onRetry: nothing,
      onNewEpoch: nothing,
    });
    const record = { topic, key, value, headers: NO_HEADERS, timestampMs: Date.now() };
    const answer = producer.produce({ ...record, kind: 'telemetry', deviceId: null, deviceName: '' }, 0);
    if (typeof answer === 'object' && answer !== null) report.refused(answer.code, answer.origin);
    else if (answer !== null) report.refused('DELIVERY_FAILED', answer);
    return report.place;
  }

  async find({ key, value }: Canary, from: RecordPlace, timeoutMs: number): Promise<boolean> {
    const until = performance.now() + timeoutMs;
    const { client, trouble } = await this.#reader();
    client.assign([{ ...from }]);
    while (performance.now() < until) {
      const messages = await consumed(client);
      const found = messages.some(
        (each) => bytesOf(each.key).equals(key) && each.value?.equals(value) === true,
      );
      if (found) return true;
      const error = trouble();
      if (error !== null) throw error;
      if (messages.length === 0) await pause(LOOK_AGAIN_MS);
    }
    return false;
  }

  close(): Promise<void> {
    return this.#closables.closeAll();
  }

  #producer(timeoutMs: number, listener: ProducerListener): Promise<ProducerPort> {
    const config = this.#config;
    const source = new NativeSource<ProducerListener, ProducerPort>(config, (secrets, heard) => {
      const properties = producerProperties(config, secrets);
      return openNativeProducer({ ...properties, 'linger.ms': 0, 'message.timeout.ms': timeoutMs }, heard);
    });
    return this.#closables.opening(source.open(listener));
  }

  /** Assigned by hand: it joins no group, and commits nothing. */
  async #reader(): Promise<{
    readonly client: NativeConsumer;
    readonly trouble: () => NorthwardError | null;
  }> {
    let error: NorthwardError | null = null;
    const config = this.#config;
    const listener: ClientListener = {
      ...listenerOf((reason) => {
        error = new ConnectionError('CONSUMER_FATAL', reason);
      }),
    };
    const source = new NativeSource<ClientListener, Reader>(config, async (secrets, heard) => {
      const properties = {
        ...consumerProperties(config, secrets),
        'group.id': `${GROUP}-${randomUUID().slice(0, 8)}`,
        'auto.offset.reset': 'error',
      };
      const native = await loadNative();
      const given = { ...properties, event_cb: true } as ConstructorParameters<Native['KafkaConsumer']>[0];
      const client = buildClient(properties, () => new native.KafkaConsumer(given));
      listen(client, heard);
      await connectLocally(client);
      client.setDefaultConsumeTimeout(0);
      return new Reader(client);
    });
    const reader = await this.#closables.opening(source.open(listener));
    return { client: reader.client, trouble: () => error };
  }
}

type Place = TopicPartition & { readonly offset: number | null };

/** What became of the record. */
class Report {
  readonly place: Promise<Place>;
  readonly #topic: string;
  #resolve: (place: Place) => void = nothing;
  #reject: (error: NorthwardError) => void = nothing;

  constructor(topic: string) {
    this.#topic = topic;
    this.place = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Where the producer cannot even be made, nobody waits for it.
    this.place.catch(nothing);
  }

  arrived(place: Place): void {
    this.#resolve(place);
  }

  refused(code: DeliveryFailure['code'], origin: string, hint?: string): void {
    const topic = this.#topic;
    this.#reject(
      new DeliveryError(code, `The canary did not arrive in ${topic}: ${origin}`, { topic, hint }),
    );
  }
}

class Reader {
  readonly client: NativeConsumer;

  constructor(client: NativeConsumer) {
    this.client = client;
  }

  /** Nobody asks it. */
  metadata(): Promise<never> {
    return Promise.reject(new ConnectionError('REQUEST_TIMEOUT', 'a canary is not asked'));
  }

  close(): Promise<void> {
    return nativeWaits.run(
      () =>
        new Promise<void>((resolve) => {
          this.client.disconnect(() => {
            resolve();
          });
        }),
      true,
    );
  }
}

function listenerOf(onFatal: (reason: string) => void): ClientListener {
  return { onCause: nothing, onAllBrokersDown: nothing, onFatal, onLog: nothing };
}

interface Message {
  readonly key?: Buffer | string | null | undefined;
  readonly value: Buffer | null;
}

/** What is there. What the client says of its connection comes again, and passes. */
function consumed(client: NativeConsumer): Promise<readonly Message[]> {
  return new Promise((resolve) => {
    client.consume(AT_A_TIME, (error, messages) => {
      resolve(error ? [] : messages);
    });
  });
}

function bytesOf(key: Message['key']): Buffer {
  return typeof key === 'string' ? Buffer.from(key) : (key ?? Buffer.alloc(0));
}
