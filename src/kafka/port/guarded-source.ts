/**
 * Clients that keep the promises of the ports whatever the client inside does: what it throws is told as a typed
 * error, and the work goes on. So is what our own handlers throw when the client calls back.
 */
import type { OutgoingRecord } from '../../record/outgoing-record.js';
import { absorbed, clientFault, libraryFault, typed, type TellFault } from '../../core/fault.js';
import type { ConsumerSource } from './consumer-port.js';
import { GuardedConsumer } from './guarded-consumer.js';
import { deliveryFailure, RD } from './codes.js';
import type {
  ClientListener,
  ClientPort,
  ClientSource,
  ClusterInfo,
  ConnectionCause,
  ProduceAnswer,
  ProducerPort,
  ProducerSource,
} from './ports.js';
import type { TopicCreator } from './topic-creator.js';

export function guardedProducers(source: ProducerSource, tell: TellFault): ProducerSource {
  return new GuardedSource(source, (port) => new GuardedProducer(port, tell), tell);
}

export function guardedConsumers(source: ConsumerSource, tell: TellFault): ConsumerSource {
  return new GuardedSource(source, (port) => new GuardedConsumer(port, tell), tell);
}

class GuardedSource<L extends ClientListener, P extends ClientPort> implements ClientSource<L, P> {
  readonly #source: ClientSource<L, P>;
  readonly #guard: (port: P) => P;
  readonly #tell: TellFault;

  constructor(source: ClientSource<L, P>, guard: (port: P) => P, tell: TellFault) {
    this.#source = source;
    this.#guard = guard;
    this.#tell = tell;
  }

  async open(listener: L): Promise<P> {
    const guarded = guardedListener(listener, this.#tell);
    return this.#guard(await typed('Opening', () => this.#source.open(guarded)));
  }

  async beside(listener: L): Promise<P> {
    const guarded = guardedListener(listener, this.#tell);
    const source = this.#source;
    return this.#guard(
      await typed('Opening', () =>
        source.beside === undefined ? source.open(guarded) : source.beside(guarded),
      ),
    );
  }

  async changed(): Promise<boolean> {
    return this.#source.changed();
  }

  async whySilent(stopping: AbortSignal): Promise<ConnectionCause | null> {
    try {
      return (await this.#source.whySilent?.(stopping)) ?? null;
    } catch (cause) {
      this.#tell(clientFault('Looking for the cause of a silence', cause));
      return null;
    }
  }
}

type Handler = (a: unknown, b: unknown, c: unknown, d: unknown) => void;

/** The client calls these from outside of any promise: what they threw would end the process. */
function guardedListener<L extends ClientListener>(listener: L, tell: TellFault): L {
  const guarded = Object.entries(listener).map(([name, handler]) => {
    const handle = handler as Handler;
    // Without a list of arguments: reports come by the thousand.
    const call: Handler = (a, b, c, d) => {
      try {
        handle(a, b, c, d);
      } catch (cause) {
        tell(libraryFault(name, cause));
      }
    };
    return [name, call];
  });
  return Object.fromEntries(guarded) as L;
}

/** Of a record that the client throws at. */
const REFUSED = deliveryFailure(RD.UNKNOWN);

class GuardedProducer implements ProducerPort {
  readonly creator: TopicCreator | undefined;
  readonly #port: ProducerPort;
  readonly #tell: TellFault;

  constructor(port: ProducerPort, tell: TellFault) {
    this.#port = port;
    this.#tell = tell;
    const { creator } = port;
    this.creator = creator && {
      createTopic: (wanted, timeoutMs) =>
        typed('createTopic()', () => creator.createTopic(wanted, timeoutMs)),
    };
  }

  produce(record: OutgoingRecord, id: number): ProduceAnswer {
    try {
      return this.#port.produce(record, id);
    } catch (cause) {
      this.#tell(clientFault('produce()', cause));
      return REFUSED;
    }
  }

  async metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return typed('metadata()', () => this.#port.metadata(timeoutMs, topic));
  }

  async close(flushMs: number): Promise<void> {
    await absorbed('close()', () => this.#port.close(flushMs), this.#tell);
  }
}
