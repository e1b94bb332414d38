/**
 * Every command from its arrival to its final outcome: its turn, the host's hands, redelivery, and what becomes
 * of it at last (contract §6).
 */
import type { RecordPlace } from '../../api/events.js';
import type { DownlinkKind, ReplyByKind } from '../../api/commands.js';
import type { Clock } from '../../core/clock.js';
import { CommandError, type NorthwardError } from '../../api/errors.js';
import { isError, reasonOf } from '../../api/reason.js';
import { libraryFault, own } from '../../core/fault.js';
import type { DownlinkContext } from '../context.js';
import type { Committer } from '../group/committer.js';
import type { Reader } from '../group/reader.js';
import { Backoffs } from './backoffs.js';
import { Claims, Dedupe } from './duplicates.js';
import type { Delivery, OwnedPartition } from '../group/partition.js';
import { describe } from '../decode/describe.js';
import { isExpired } from './expiry.js';
import { HostCommand, type CommandHandling } from './host-command.js';
import type { LastResort } from './last-resort.js';
import type { Outward, Reply } from '../../record/outward.js';
import { SharedStream } from './iterator.js';
import type { OpenWork } from './open-work.js';
import type { DeliveryQueue } from './queue.js';
import { onHostFailure } from './redelivery.js';
import { buildReply, canAnswer } from './reply.js';

type Context = Pick<DownlinkContext, 'config' | 'clock' | 'counters' | 'events' | 'losses' | 'onError'>;

export class Dispatcher implements CommandHandling {
  readonly clock: Clock;
  /** Where the iterators get their commands. */
  readonly stream: SharedStream;
  readonly #context: Context;
  readonly #outward: Outward;
  readonly #queue: DeliveryQueue;
  readonly #lastResort: LastResort;
  readonly #committer: Committer;
  readonly #reader: Reader;
  readonly #openWork: OpenWork;
  readonly #dedupe: Dedupe<Reply>;
  readonly #claims = new Claims();
  readonly #backoffs: Backoffs;
  /** Commands whose turn has come. */
  readonly #turns: Delivery[] = [];
  #taking = false;
  #closed = false;

  constructor(
    context: Context,
    outward: Outward,
    queue: DeliveryQueue,
    lastResort: LastResort,
    committer: Committer,
    reader: Reader,
    openWork: OpenWork,
  ) {
    this.#context = context;
    this.#outward = outward;
    this.#queue = queue;
    this.#lastResort = lastResort;
    this.#committer = committer;
    this.#reader = reader;
    this.#openWork = openWork;
    this.clock = context.clock;
    this.stream = new SharedStream(this);
    this.#dedupe = new Dedupe(context.config.dedupe, () => context.clock.monotonic());
    this.#backoffs = new Backoffs(context.clock);
  }

  idOf(event: Delivery['event']): string | null {
    return this.#dedupe.idOf(event);
  }

  /** A command came; its offset is taken. */
  arrive(delivery: Delivery): void {
    if (!this.#queue.arrive(delivery)) return;
    this.#turns.push(delivery);
    this.#takeTurns();
  }

  /** The next command for the host, if one is ready. */
  take(): HostCommand | undefined {
    for (;;) {
      const delivery = this.#closed ? undefined : this.#queue.take();
      if (delivery === undefined) return undefined;
      this.#reader.roomMade();
      if (this.#expired(delivery)) this.#expire(delivery);
      else return this.#handOver(delivery);
    }
  }

  /** The partition is gone: nothing of it is handed out or settled any more. */
  drop(partition: OwnedPartition): void {
    partition.revoke();
    const { size } = partition.inHand;
    this.#context.counters.stale += size;
    if (size > 0)
      this.#context.losses.note('stale', `${partition.topic} ${partition.partition}`, { count: size });
    this.#openWork.cameBack(size);
    for (const command of partition.inHand.clear()) command.abandon();
    this.#queue.drop(partition);
    this.#backoffs.drop(partition);
    this.#turns.push(...this.#claims.drop(partition));
    this.#takeTurns();
    this.#reader.roomMade();
  }

  /** No further hand-over, and no redelivery; the host's loops end. */
  close(): void {
    this.#closed = true;
    this.#backoffs.close();
    this.stream.end();
  }

  // --- CommandHandling: what a command in the host's hands tells

  acked(command: HostCommand, reply: Reply | undefined): void {
    const delivery = this.#takeBack(command);
    this.#context.counters.success += 1;
    if (delivery.id !== null) this.#dedupe.remember(delivery.id, placeOf(delivery), reply);
    this.#done(delivery);
  }

  failed(command: HostCommand, cause: unknown, retryAfterMs: number | undefined): void {
    const delivery = this.#takeBack(command);
    const { counters, config, losses } = this.#context;
    counters.failedAttempts += 1;
    const { routes } = delivery.partition;
    const decision = onHostFailure(routes, config, delivery.attempts, retryAfterMs);
    const error = failureOf(delivery, cause);
    losses.note(decision.action === 'settle' ? 'failedAndSettled' : 'attemptFailed', delivery.record.topic, {
      error,
    });
    if (decision.action === 'settle') {
      this.#done(delivery);
    } else if (this.#closed) {
      // It comes again after the restart: its offset stays open.
    } else if (decision.action === 'retry') {
      this.#queue.count(delivery);
      this.#backoffs.add(delivery, decision.afterMs, () => {
        this.#offer(delivery);
      });
    } else {
      this.#queue.count(delivery);
      if (decision.action === 'drop') this.#tellDropped(delivery, error);
      const settled = this.#lastResort.settle(decision.action, delivery, error).then(() => {
        this.#finish(delivery);
      });
      own(settled, 'Settling a command', this.#context);
    }
  }

  fault(cause: unknown): void {
    this.#context.onError(libraryFault('Settling a command', cause));
  }

  replyRefused({ record }: Delivery, error: NorthwardError): void {
    this.#context.losses.note('answerRefused', record.topic, { error });
  }

  buildReply(delivery: Delivery, reply: ReplyByKind[DownlinkKind]): Reply {
    return buildReply(delivery.event, reply, this.#outward, this.clock.now());
  }

  canRespond({ event }: Delivery): boolean {
    return canAnswer(event, this.#outward);
  }

  async publish(reply: Reply): ReturnType<Outward['reply']> {
    const receipt = await this.#outward.reply(reply);
    if (receipt.status !== 'skipped') this.#context.counters.responses += 1;
    return receipt;
  }

  // --- turns

  #takeTurns(): void {
    // What a turn ends may give others theirs: a loop, for they may be thousands.
    if (this.#taking) return;
    this.#taking = true;
    for (let next = this.#turns.shift(); next !== undefined; next = this.#turns.shift()) this.#start(next);
    this.#taking = false;
  }

  #start(delivery: Delivery): void {
    if (delivery.partition.revoked) return;
    const { id } = delivery;
    if (id !== null) {
      const former = this.#dedupe.find(id, placeOf(delivery));
      if (former !== null) {
        const answered = this.#duplicate(delivery, former.reply, former.first);
        own(answered, 'Answering a duplicate', this.#context);
        return;
      }
      if (!this.#claims.claim(id, delivery)) return;
    }
    this.#offer(delivery);
  }

  #offer(delivery: Delivery): void {
    if (this.#expired(delivery)) {
      this.#expire(delivery);
      return;
    }
    this.#queue.offer(delivery);
    this.stream.ready();
  }

  #handOver(delivery: Delivery): HostCommand {
    delivery.attempts += 1;
    const command = new HostCommand(delivery, this);
    delivery.partition.inHand.add(command);
    this.#openWork.handedOver();
    this.#context.counters.handedOver += 1;
    if (delivery.attempts > 1) this.#context.counters.redelivered += 1;
    else this.#tellUnanswerable(delivery);
    return command;
  }

  #takeBack(command: HostCommand): Delivery {
    const delivery = HostCommand.deliveryOf(command);
    if (delivery.partition.inHand.remove(command)) this.#openWork.cameBack(1);
    return delivery;
  }

  // --- outcomes

  #expired({ event }: Delivery): boolean {
    return isExpired(event, this.#context.config.expired, this.clock);
  }

  #expire(delivery: Delivery): void {
    this.#context.counters.expired += 1;
    this.#context.events.emit('command-expired', () => ({
      ...delivery.event,
      meta: delivery.meta(delivery.attempts),
    }));
    this.#done(delivery);
  }

  async #duplicate(delivery: Delivery, reply: Reply | undefined, first: RecordPlace): Promise<void> {
    this.#context.counters.duplicates += 1;
    if (reply !== undefined && !(await this.#lastResort.answerAgain(delivery, reply))) return;
    this.#context.events.emit('command-duplicate', () => ({
      ...delivery.event,
      meta: delivery.meta(0),
      first,
      answered: reply !== undefined,
    }));
    this.#done(delivery);
  }

  /** Not to the logger: hosts that give `respond()` the device would hear it of every command. */
  #tellUnanswerable(delivery: Delivery): void {
    const { events } = this.#context;
    if (!events.hears('command-unanswerable') || delivery.event.kind === 'rpc_response_received') return;
    if (this.canRespond(delivery)) return;
    events.emit('command-unanswerable', () => ({
      ...delivery.event,
      meta: delivery.meta(delivery.attempts),
    }));
  }

  #tellDropped(delivery: Delivery, error: NorthwardError): void {
    this.#context.events.emit('command-dropped', () => ({
      ...delivery.event,
      meta: delivery.meta(delivery.attempts),
      error,
    }));
  }

  #done(delivery: Delivery): void {
    delivery.tracker.done(delivery.record.offset);
    this.#finish(delivery);
  }

  #finish(delivery: Delivery): void {
    const { partition } = delivery;
    if (partition.revoked) return;
    this.#context.counters.latency.observe(this.clock.monotonic() - delivery.takenAt);
    const next = this.#queue.finish(delivery);
    const freed = this.#claims.release(delivery);
    this.#committer.settled();
    this.#reader.roomMade();
    if (next !== null) this.#turns.push(next);
    this.#turns.push(...freed);
    this.#takeTurns();
  }
}

function placeOf({ record: { topic, partition, offset } }: Delivery): RecordPlace {
  return { topic, partition, offset };
}

function failureOf(delivery: Delivery, cause: unknown): NorthwardError {
  const { topic, partition, offset } = delivery.record;
  const reason = isError(cause) ? reasonOf(cause) : describe(cause);
  const message = `${delivery.event.kind} from ${topic} ${partition} offset ${offset}, attempt ${delivery.attempts}: ${reason}`;
  return new CommandError('COMMAND_FAILED', message, { topic, kind: delivery.event.kind, cause });
}
