/**
 * A consumer that never throws. What the client refused to do (a pause, an answer to the group) is done again before
 * the next `consume()`: the state of the client and what is known of it here must not part for good.
 */
import { absorbed, clientFault, typed, type TellFault } from '../../core/fault.js';
import type {
  CommitMark,
  CommittedOffset,
  Consumed,
  ConsumerPort,
  PartitionBounds,
  TopicPartition,
} from './consumer-port.js';
import type { RecordPlace } from '../../api/events.js';
import { consumeFailure, RD } from './codes.js';
import type { ClusterInfo } from './ports.js';

export class GuardedConsumer implements ConsumerPort {
  readonly #port: ConsumerPort;
  readonly #tell: TellFault;
  /** What was refused, by what it replaces. */
  readonly #again = new Map<string, () => void>();

  constructor(port: ConsumerPort, tell: TellFault) {
    this.#port = port;
    this.#tell = tell;
  }

  subscribe(topics: readonly string[]): void {
    this.#attempt('subscription', 'subscribe()', () => this.#port.subscribe(topics));
  }

  unsubscribe(): void {
    this.#attempt('subscription', 'unsubscribe()', () => this.#port.unsubscribe());
  }

  consume(max: number): Promise<Consumed> {
    if (this.#again.size > 0) this.#doAgain();
    try {
      return this.#port.consume(max).then(undefined, refused);
    } catch (cause) {
      return Promise.resolve(refused(cause));
    }
  }

  wake(): void {
    this.#try('wake()', () => this.#port.wake(), undefined);
  }

  assign(positions: readonly RecordPlace[]): boolean {
    let wanted = true;
    this.#attempt('assignment', 'assign()', () => {
      wanted = this.#port.assign(positions);
    });
    return wanted;
  }

  unassign(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#again.delete(nameOf(each));
    this.#attempt('assignment', 'unassign()', () => this.#port.unassign(partitions));
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#attempt(nameOf(each), 'pause()', () => this.#port.pause([each]));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#attempt(nameOf(each), 'resume()', () => this.#port.resume([each]));
  }

  commit(marks: readonly CommitMark[]): boolean {
    return this.#try('commit()', () => this.#port.commit(marks), false);
  }

  async committed(partitions: readonly TopicPartition[], timeoutMs: number): Promise<CommittedOffset[]> {
    return typed('committed()', () => this.#port.committed(partitions, timeoutMs));
  }

  async bounds(partitions: readonly TopicPartition[], timeoutMs: number): Promise<PartitionBounds[]> {
    return typed('bounds()', () => this.#port.bounds(partitions, timeoutMs));
  }

  /** They are known or not: where asking fails, they are not. */
  async topicIds(topics: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, string>> {
    try {
      return await this.#port.topicIds(topics, timeoutMs);
    } catch (cause) {
      this.#tell(clientFault('topicIds()', cause));
      return new Map();
    }
  }

  async seek(position: RecordPlace, timeoutMs: number): Promise<void> {
    return typed('seek()', () => this.#port.seek(position, timeoutMs));
  }

  async ends(partitions: readonly TopicPartition[], timeoutMs: number): Promise<(number | null)[]> {
    return typed('ends()', () => this.#port.ends(partitions, timeoutMs));
  }

  knownBounds(partition: TopicPartition): PartitionBounds | null {
    return this.#try('knownBounds()', () => this.#port.knownBounds(partition), null);
  }

  async metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return typed('metadata()', () => this.#port.metadata(timeoutMs, topic));
  }

  async close(flushMs: number): Promise<void> {
    this.#again.clear();
    await absorbed('close()', () => this.#port.close(flushMs), this.#tell);
  }

  #try<T>(call: string, ask: () => T, otherwise: T): T {
    try {
      return ask();
    } catch (cause) {
      this.#tell(clientFault(call, cause));
      return otherwise;
    }
  }

  /** What fails once more comes back into the map. */
  #doAgain(): void {
    const refused = [...this.#again.values()];
    for (const again of refused) again();
  }

  /** @param what is replaced by a later call on the same thing */
  #attempt(what: string, call: string, attempt: () => void): void {
    this.#again.delete(what);
    try {
      attempt();
    } catch (cause) {
      this.#again.set(what, () => {
        this.#attempt(what, call, attempt);
      });
      this.#tell(clientFault(call, cause));
    }
  }
}

/** As the client tells any other failure. */
function refused(cause: unknown): Consumed {
  const { message } = clientFault('consume()', cause);
  return { records: [], ends: [], failure: consumeFailure(RD.UNKNOWN, message) };
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
