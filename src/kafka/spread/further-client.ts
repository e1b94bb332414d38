/**
 * A client beside the first one, with topics of its own. It is kept alive as the first one is; but how it fares is nobody
 * else's concern: while there is none, its topics wait, and what a dead one held is sent again by the next.
 */
import type { NorthwardError } from '../../api/errors.js';
import type { RetryPolicy } from '../../core/backoff.js';
import type { Clock } from '../../core/clock.js';
import type { TellFault } from '../../core/fault.js';
import { needsPerson } from '../port/codes.js';
import type {
  ClientListener,
  ClusterInfo,
  DeliveryFailure,
  ProduceAnswer,
  ProducerListener,
  ProducerPort,
  ProducerSource,
} from '../port/ports.js';
import { ConnectionStatus } from '../port/status.js';
import { fatalKindOf } from '../watch/causes.js';
import { Supervisor } from '../watch/supervisor.js';
import type { OutgoingRecord } from '../../record/outgoing-record.js';

/** What a further client needs of the world around it. */
export interface FurtherContext {
  readonly source: ProducerSource;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly tell: TellFault;
  readonly onLog: ClientListener['onLog'];
  /** Asks by the first client whether a broker is there: all of them ask the same. */
  readonly ask: (timeoutMs: number) => Promise<ClusterInfo>;
  readonly reported: (
    client: FurtherClient,
    id: number,
    failure: DeliveryFailure | null,
    partition: number,
    offset: number | null,
  ) => void;
  /** Topics that were answered `later` may go on. */
  readonly takes: (topics: readonly string[]) => void;
  /** It is gone, and says nothing more of what it held. */
  readonly gone: (client: FurtherClient) => void;
  /** It could not be made, and never was. */
  readonly notMade: (client: FurtherClient, error: NorthwardError) => void;
  /** It is going to send records of a topic again. */
  readonly retry: (topic: string) => void;
  /** It begins a new epoch. */
  readonly newEpoch: () => void;
  /** It is about more than this client. */
  readonly fatal: (reason: string) => void;
}

/** A topic of a further client. */
export class SpreadTopic {
  readonly name: string;
  client: FurtherClient;
  inFlight = 0;
  /** When a record of it last came, in rounds of looking for idle ones. */
  usedAt = 0;
  /** To which of the client's lives its last record went; 0: to none. */
  life = 0;

  constructor(name: string, client: FurtherClient) {
    this.name = name;
    this.client = client;
  }
}

export class FurtherClient {
  /** All that it knows: a client never forgets a topic. */
  readonly topics = new Map<string, SpreadTopic>();
  inFlight = 0;
  /** It takes nothing more, and ends when nothing of it is in flight. */
  leaving = false;
  /** `null`: it is being made, for the first time or again. */
  port: ProducerPort | null = null;
  /** Counts the clients that it was. */
  life = 0;
  readonly #context: FurtherContext;
  readonly #supervisor: Supervisor<ProducerListener, WatchedPort>;
  /** Topics that wait for it. */
  readonly #waiting = new Set<string>();
  readonly #started: Promise<void>;
  /** Something arrived since it was made, and nothing failed since. */
  #proven = false;
  /** A broker does not let it in, whatever it says to the first one. */
  #refused = false;

  constructor(context: FurtherContext) {
    this.#context = context;
    this.#supervisor = this.#makeSupervisor();
    this.#started = this.#supervisor.start().catch((error: unknown) => {
      context.notMade(this, error as NorthwardError);
    });
  }

  get reconnects(): number {
    return this.#supervisor.reconnects;
  }

  /** Topics with something in flight, or a record since that round. */
  live(since: number): number {
    let live = 0;
    for (const { inFlight, usedAt } of this.topics.values()) if (inFlight > 0 || usedAt >= since) live += 1;
    return live;
  }

  later(topic: string): ProduceAnswer {
    this.#waiting.add(topic);
    return 'later';
  }

  /** It refuses further records. */
  refuses(topic: string): ProduceAnswer {
    this.port = null;
    this.#supervisor.refuses();
    return this.later(topic);
  }

  /** Nothing of this topic is in flight any more. */
  drained(topic: string): void {
    if (this.#waiting.delete(topic)) this.#context.takes([topic]);
  }

  release(): void {
    if (this.#waiting.size === 0) return;
    const topics = [...this.#waiting];
    this.#waiting.clear();
    this.#context.takes(topics);
  }

  /** Never rejects. */
  async end(flushMs: number): Promise<void> {
    this.port = null;
    const stopped = this.#supervisor.stop(flushMs);
    await this.#started;
    await stopped;
    // It may have been made meanwhile.
    await this.#supervisor.stop(0);
  }

  #makeSupervisor(): Supervisor<ProducerListener, WatchedPort> {
    const { source, policy, clock, tell, onLog, gone, fatal } = this.#context;
    const own = {
      open: (listener: ProducerListener) => this.#open(listener),
      changed: () => source.changed(),
    };
    const status = new ConnectionStatus(() => undefined);
    return new Supervisor(own, policy, clock, status, {
      fatalCode: 'PRODUCER_FATAL',
      listener: (base, current) => this.#listener(base, current),
      onPort: ({ inner }) => {
        this.life += 1;
        this.port = inner;
        this.#proven = false;
        this.#refused = false;
        this.release();
      },
      onPortDying: () => {
        this.port = null;
      },
      onPortGone: () => {
        gone(this);
      },
      onGivenUp: ({ message }) => {
        fatal(message);
      },
      onError: tell,
      onLog,
    });
  }

  async #open(listener: ProducerListener): Promise<WatchedPort> {
    const { source, ask } = this.#context;
    const made = source.beside === undefined ? source.open(listener) : source.beside(listener);
    return new WatchedPort(await made, (ms, port) => (this.#refused ? port.metadata(ms) : ask(ms)));
  }

  #listener(base: ClientListener, current: () => boolean): ProducerListener {
    const { retry, newEpoch } = this.#context;
    return {
      ...base,
      onCause: (cause) => {
        this.#proven = false;
        if (needsPerson(cause.code)) this.#refused = true;
        base.onCause(cause);
      },
      onFatal: (reason) => {
        const kind = fatalKindOf(reason);
        if (kind !== undefined && needsPerson(kind.code)) this.#context.fatal(reason);
        else base.onFatal(reason);
      },
      onReport: (id, failure, partition, offset) => {
        if (current()) this.#reported(id, failure, partition, offset);
      },
      onTakes: nothing,
      onReturned: nothing,
      onRetry: (topic) => {
        if (current()) retry(topic);
      },
      onNewEpoch: () => {
        if (current()) newEpoch();
      },
    };
  }

  #reported(id: number, failure: DeliveryFailure | null, partition: number, offset: number | null): void {
    if (failure?.diedWithClient === true) {
      this.#supervisor.refuses();
      return;
    }
    if (failure === null && !this.#proven) {
      this.#proven = true;
      this.#refused = false;
      this.#supervisor.delivered();
    }
    this.#context.reported(this, id, failure, partition, offset);
  }
}

/** What the supervisor sees of a further client: whether a broker is there, the first one finds out for all. */
class WatchedPort implements ProducerPort {
  readonly inner: ProducerPort;
  readonly #ask: (timeoutMs: number, port: ProducerPort) => Promise<ClusterInfo>;

  constructor(inner: ProducerPort, ask: (timeoutMs: number, port: ProducerPort) => Promise<ClusterInfo>) {
    this.inner = inner;
    this.#ask = ask;
  }

  produce(record: OutgoingRecord, id: number): ProduceAnswer {
    return this.inner.produce(record, id);
  }

  metadata(timeoutMs: number): Promise<ClusterInfo> {
    return this.#ask(timeoutMs, this.inner);
  }

  close(flushMs: number): Promise<void> {
    return this.inner.close(flushMs);
  }
}

function nothing(): void {
  // Of several clients only.
}
