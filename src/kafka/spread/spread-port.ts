/**
 * Many topics over several clients behind one port. librdkafka goes through all topics that it knows for each record, and never
 * forgets one: so a client gets a few hundred of them, and the next ones go to further clients.
 *
 * Order per topic: a topic keeps its client while anything of it is in flight. It moves only when its client leaves: since all
 * topics of that are idle, or since it knows so many that are that a fresh one is better. The first client never leaves; it is
 * the one that is watched.
 */
import type { Clock, Timer } from '../../core/clock.js';
import { own, type TellFault } from '../../core/fault.js';
import { growingWait, type RetryPolicy } from '../../core/backoff.js';
import type { NorthwardError } from '../../api/errors.js';
import type {
  ClusterInfo,
  DeliveryFailure,
  ProduceAnswer,
  ProducerListener,
  ProducerPort,
  ProducerSource,
} from '../port/ports.js';
import type { TopicCreator } from '../port/topic-creator.js';
import { FurtherClient, SpreadTopic, type FurtherContext } from './further-client.js';
import type { OutgoingRecord } from '../../record/outgoing-record.js';

/** Rounds of looking for idle topics within the time after which they are. */
const ROUNDS = 16;
const MIN_ROUND_MS = 50;
const CLOSE_FLUSH_MS = 100;
/** Where clients are shared: with so many times its share of topics, one leaves, whatever is idle. */
const MOST_SHARES = 16;
/** Where a further client cannot be made, topics share those that are there, and it is tried again after a while. */
const AGAIN_FIRST_MS = 1_000;
const AGAIN_LONGEST_MS = 60_000;

export interface SpreadSettings {
  readonly topicsPerClient: number;
  /** All of them, the first one included. */
  readonly maxClients: number;
  readonly topicIdleMs: number;
}

export interface SpreadParts {
  readonly source: ProducerSource;
  readonly settings: SpreadSettings;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly tell: TellFault;
}

export class SpreadPort implements ProducerPort {
  readonly #first: ProducerPort;
  readonly #listener: ProducerListener;
  readonly #parts: SpreadParts;
  readonly #context: FurtherContext;
  /** `null`: of the first client. */
  readonly #topics = new Map<string, SpreadTopic | null>();
  #ofFirst = 0;
  /** Of the first client: most often the next record is for the same. */
  #last: string | null = null;
  readonly #clients = new Set<FurtherClient>();
  /** Of further clients that have left, how often they were made again. */
  #formerReconnects = 0;
  /** By the id of the record: topics of what further clients hold. */
  readonly #sent: Array<SpreadTopic | null> = [];
  readonly #ending = new Set<Promise<void>>();
  #round = 0;
  #timer: Timer | undefined;
  #asked: Promise<ClusterInfo> | null = null;
  #failures = 0;
  /** Monotonic ms: no further client is made before. */
  #notBefore = -Infinity;
  #closed = false;

  /** @param listener told by the first client itself as well */
  constructor(first: ProducerPort, listener: ProducerListener, parts: SpreadParts) {
    this.#first = first;
    this.#listener = listener;
    this.#parts = parts;
    this.#context = this.#makeContext();
  }

  /** Topics are of the cluster: one client makes those of all. */
  get creator(): TopicCreator | undefined {
    return this.#first.creator;
  }

  /** Beside the first one. */
  get clients(): number {
    return this.#clients.size;
  }

  get reconnects(): number {
    let reconnects = this.#formerReconnects;
    for (const client of this.#clients) reconnects += client.reconnects;
    return reconnects;
  }

  produce(record: OutgoingRecord, id: number): ProduceAnswer {
    const { topic } = record;
    if (topic === this.#last) return this.#first.produce(record, id);
    const place = this.#topics.get(topic);
    if (place === undefined) return this.#meet(record, id);
    if (place !== null) return this.#toFurther(place, record, id);
    this.#last = topic;
    return this.#first.produce(record, id);
  }

  /** About a topic, its own client is asked, which may be the one that does not know it yet. */
  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    const place = topic === undefined ? null : this.#topics.get(topic);
    return (place?.client.port ?? this.#first).metadata(timeoutMs, topic);
  }

  async close(flushMs: number): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    const clients = [...this.#clients];
    this.#formerReconnects = this.reconnects;
    this.#clients.clear();
    await Promise.all([
      this.#first.close(flushMs),
      ...clients.map((client) => client.end(flushMs)),
      ...this.#ending,
    ]);
  }

  // --- where a topic goes

  #meet(record: OutgoingRecord, id: number): ProduceAnswer {
    const { topic } = record;
    const spreads = this.#ofFirst >= this.#parts.settings.topicsPerClient;
    const client = spreads ? this.#clientForNew() : null;
    if (client !== null) return this.#toFurther(this.#put(topic, client), record, id);
    this.#topics.set(topic, null);
    this.#ofFirst += 1;
    const answer = this.#first.produce(record, id);
    // It may have been with another one, where no further one can be made any more.
    return spreads && answer === null ? 'moved' : answer;
  }

  #put(topic: string, client: FurtherClient): SpreadTopic {
    const place = new SpreadTopic(topic, client);
    this.#topics.set(topic, place);
    client.topics.set(topic, place);
    return place;
  }

  /** One with room, a fresh one, or that with the fewest topics; `null`: there is none, nor can there be one now. */
  #clientForNew(): FurtherClient | null {
    const { topicsPerClient, maxClients } = this.#parts.settings;
    let fewest: FurtherClient | null = null;
    let staying = 0;
    for (const client of this.#clients) {
      if (client.leaving) continue;
      if (client.topics.size < topicsPerClient) return client;
      staying += 1;
      if (fewest === null || client.topics.size < fewest.topics.size) fewest = client;
    }
    if (fewest !== null && fewest.topics.size >= MOST_SHARES * topicsPerClient) {
      this.#leaveWorn(fewest);
      if (fewest.leaving) return this.#make();
    }
    // Beside the first one, a place is kept for that which leaves while its topics move.
    return staying < maxClients - 2 && this.#mayMake ? this.#make() : fewest;
  }

  get #mayMake(): boolean {
    const { settings, clock } = this.#parts;
    return this.#clients.size < settings.maxClients - 1 && clock.monotonic() >= this.#notBefore;
  }

  #make(): FurtherClient {
    const client = new FurtherClient(this.#context);
    this.#clients.add(client);
    this.#timer ??= this.#nextRound();
    return client;
  }

  #toFurther(place: SpreadTopic, record: OutgoingRecord, id: number): ProduceAnswer {
    place.usedAt = this.#round;
    if (place.client.leaving && place.inFlight === 0) this.#move(place);
    const { client } = place;
    const { port } = client;
    if (port === null || client.leaving) return client.later(place.name);
    const answer = port.produce(record, id);
    if (answer === 'fatal') return client.refuses(place.name);
    if (answer !== null) return answer;
    while (this.#sent.length <= id) this.#sent.push(null);
    this.#sent[id] = place;
    place.inFlight += 1;
    client.inFlight += 1;
    if (place.life === client.life) return null;
    place.life = client.life;
    return 'moved';
  }

  #move(place: SpreadTopic): void {
    const target = this.#clientForNew();
    if (target === null) {
      // It has to do until another one can be made.
      place.client.leaving = false;
      return;
    }
    place.client.topics.delete(place.name);
    place.client = target;
    place.life = 0;
    target.topics.set(place.name, place);
  }

  // --- what further clients say

  #makeContext(): FurtherContext {
    const { source, policy, clock, tell } = this.#parts;
    return {
      source,
      policy,
      clock,
      tell,
      onLog: (level, facility, message) => {
        this.#listener.onLog(level, facility, message);
      },
      ask: (timeoutMs) => this.#askFirst(timeoutMs),
      reported: (client, id, failure, partition, offset) => {
        this.#reported(client, id, failure, partition, offset);
      },
      takes: (topics) => {
        if (!this.#closed) this.#listener.onTakes(topics);
      },
      gone: (client) => {
        this.#gone(client);
      },
      notMade: (client, error) => {
        this.#notMade(client, error);
      },
      retry: (topic) => {
        if (!this.#closed) this.#listener.onRetry(topic);
      },
      newEpoch: () => {
        if (!this.#closed) this.#listener.onNewEpoch();
      },
      fatal: (reason) => {
        if (!this.#closed) this.#listener.onFatal(reason);
      },
    };
  }

  #askFirst(timeoutMs: number): Promise<ClusterInfo> {
    this.#asked ??= this.#first.metadata(timeoutMs).finally(() => {
      this.#asked = null;
    });
    return this.#asked;
  }

  #reported(
    client: FurtherClient,
    id: number,
    failure: DeliveryFailure | null,
    partition: number,
    offset: number | null,
  ): void {
    const place = this.#sent[id];
    if (this.#closed || place?.client !== client) return;
    this.#sent[id] = null;
    place.inFlight -= 1;
    client.inFlight -= 1;
    this.#listener.onReport(id, failure, partition, offset);
    if (!client.leaving) return;
    if (client.inFlight === 0) this.#end(client);
    else if (place.inFlight === 0) client.drained(place.name);
  }

  /** What it held goes again, by its next life. */
  #gone(client: FurtherClient): void {
    if (this.#closed) return;
    const ids: number[] = [];
    for (const [id, place] of this.#sent.entries()) {
      if (place?.client !== client) continue;
      place.inFlight = 0;
      this.#sent[id] = null;
      ids.push(id);
    }
    client.inFlight = 0;
    if (ids.length > 0) this.#listener.onReturned(ids);
    if (client.leaving) this.#end(client);
  }

  #notMade(client: FurtherClient, error: NorthwardError): void {
    if (this.#closed || !this.#clients.has(client)) return;
    this.#failures += 1;
    const wait = growingWait(AGAIN_FIRST_MS, AGAIN_LONGEST_MS, this.#failures);
    this.#notBefore = this.#parts.clock.monotonic() + wait;
    this.#parts.tell(error);
    this.#end(client);
  }

  // --- the end of a client

  #leave(client: FurtherClient): void {
    client.leaving = true;
    if (client.inFlight === 0) this.#end(client);
  }

  /** Nothing of it is in flight. Its topics are forgotten: with their next record they are new ones. */
  #end(client: FurtherClient): void {
    this.#clients.delete(client);
    for (const topic of client.topics.keys()) this.#topics.delete(topic);
    if (client.life > 0) this.#failures = 0;
    this.#formerReconnects += client.reconnects;
    const ending = client.end(CLOSE_FLUSH_MS).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    own(ending, 'Closing a client', { onError: this.#parts.tell });
    // Not now: it may be within produce().
    this.#parts.clock.soon(() => {
      client.release();
    });
  }

  #nextRound(): Timer {
    const { clock, settings } = this.#parts;
    return clock.inBackground(Math.max(MIN_ROUND_MS, settings.topicIdleMs / ROUNDS), () => {
      this.#timer = undefined;
      if (this.#closed) return;
      this.#lookForIdle();
      if (this.#clients.size > 0) this.#timer ??= this.#nextRound();
    });
  }

  #lookForIdle(): void {
    const { topicsPerClient } = this.#parts.settings;
    this.#round += 1;
    let worn: FurtherClient | null = null;
    for (const client of this.#clients) {
      const { size } = client.topics;
      const live = client.live(this.#round - ROUNDS);
      if (client.leaving) continue;
      if (live === 0) this.#leave(client);
      else if (size >= topicsPerClient && 2 * live <= size) worn ??= client;
    }
    if (worn !== null) this.#leaveWorn(worn);
  }

  /** One at a time: its topics are new to the next one, which has to learn of each. */
  #leaveWorn(client: FurtherClient): void {
    if (this.#mayMake && ![...this.#clients].some(({ leaving }) => leaving)) this.#leave(client);
  }
}
