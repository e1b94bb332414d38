/**
 * Every command from its arrival to its final outcome: its turn, the host's hands, redelivery, and what becomes
 * of it at last (contract §6).
 */
import type { RecordPlace } from '../../api/events.js';
import type { DownlinkKind, ReplyByKind } from '../../api/commands.js';
import type { Clock } from '../../core/clock.js';
import type { ResolvedDownlink } from '../../config/resolve.js';
import type { DownlinkCounters } from '../../observability/counters.js';
import { CommandError, type NorthwardError } from '../../api/errors.js';
import { isError, reasonOf } from '../../api/reason.js';
import { libraryFault, own } from '../../core/fault.js';
import type { LossLog } from '../../observability/loss-log.js';
import { Backoffs } from './backoffs.js';
import { Claims } from './duplicates.js';
import { Dedupe } from './duplicates.js';
import type { Delivery } from '../group/partition.js';
import { describe } from '../decode/describe.js';
import { isExpired } from './expiry.js';
import { HostCommand, type CommandHandling } from './host-command.js';
import type { LastResort } from './last-resort.js';
import type { Outward, Reply } from '../../record/outward.js';
import type { OwnedPartition } from '../group/partition.js';
import { DeliveryQueue } from './queue.js';
import { onHostFailure } from './redelivery.js';
import { buildReply, canAnswer } from './reply.js';
import type { Tell } from '../events.js';

export interface DispatcherParts {
  readonly config: ResolvedDownlink;
  readonly clock: Clock;
  readonly counters: DownlinkCounters;
  readonly outward: Outward;
  readonly lastResort: LastResort;
  readonly tell: Tell;
  readonly losses: LossLog;
  onError(error: NorthwardError): void;
  /** The mark of the partition may have moved. */
  onSettled(partition: OwnedPartition): void;
  /** A command may be taken. */
  onReady(): void;
  /** Commands left the queue. */
  onRoom(): void;
  /** After `close()`: the last command came back from the host. */
  onHandEmpty(): void;
}

export class Dispatcher implements CommandHandling {
  readonly clock: Clock;
  readonly queue: DeliveryQueue;
  readonly #parts: DispatcherParts;
  readonly #dedupe: Dedupe<Reply>;
  readonly #claims = new Claims();
  readonly #backoffs: Backoffs;
  /** Commands whose turn has come. */
  readonly #turns: Delivery[] = [];
  #taking = false;
  #inHand = 0;
  #closed = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.clock = parts.clock;
    this.queue = new DeliveryQueue(parts.config);
    this.#dedupe = new Dedupe(parts.config.dedupe, () => parts.clock.monotonic());
    this.#backoffs = new Backoffs(parts.clock);
  }

  /** Commands in the host's hands. */
  get inHand(): number {
    return this.#inHand;
  }

  idOf(event: Delivery['event']): string | null {
    return this.#dedupe.idOf(event);
  }

  /** A command came; its offset is taken. */
  arrive(delivery: Delivery): void {
    if (!this.queue.arrive(delivery)) return;
    this.#turns.push(delivery);
    this.#takeTurns();
  }

  /** The next command for the host, if one is ready. */
  take(): HostCommand | undefined {
    for (;;) {
      const delivery = this.#closed ? undefined : this.queue.take();
      if (delivery === undefined) return undefined;
      this.#parts.onRoom();
      if (this.#expired(delivery)) this.#expire(delivery);
      else return this.#hand(delivery);
    }
  }

  /** The partition is gone: nothing of it is handed out or settled any more. */
  drop(partition: OwnedPartition): void {
    partition.revoke();
    const { size } = partition.inHand;
    this.#parts.counters.stale += size;
    if (size > 0)
      this.#parts.losses.note('stale', `${partition.topic} ${partition.partition}`, { count: size });
    this.#inHand -= size;
    for (const command of partition.inHand.clear()) command.abandon();
    this.queue.drop(partition);
    this.#backoffs.drop(partition);
    this.#turns.push(...this.#claims.drop(partition));
    this.#takeTurns();
    this.#parts.onRoom();
  }

  /** No further hand-over, and no redelivery. */
  close(): void {
    this.#closed = true;
    this.#backoffs.close();
  }

  // --- what a command in the host's hands tells

  acked(command: HostCommand, reply: Reply | undefined): void {
    const delivery = this.#back(command);
    this.#parts.counters.success += 1;
    if (delivery.id !== null) this.#dedupe.remember(delivery.id, placeOf(delivery), reply);
    this.#done(delivery);
  }

  failed(command: HostCommand, cause: unknown, retryAfterMs: number | undefined): void {
    const delivery = this.#back(command);
    const { counters, config, lastResort, losses } = this.#parts;
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
      this.queue.count(delivery);
      this.#backoffs.add(delivery, decision.afterMs, () => {
        this.#offer(delivery);
      });
    } else {
      this.queue.count(delivery);
      if (decision.action === 'drop') this.#tellDropped(delivery, error);
      const settled = lastResort.settle(decision.action, delivery, error).then(() => {
        this.#finish(delivery);
      });
      own(settled, 'Settling a command', this.#parts);
    }
  }

  fault(cause: unknown): void {
    this.#parts.onError(libraryFault('Settling a command', cause));
  }

  replyRefused({ record }: Delivery, error: NorthwardError): void {
    this.#parts.losses.note('answerRefused', record.topic, { error });
  }

  buildReply(delivery: Delivery, reply: ReplyByKind[DownlinkKind]): Reply {
    const { clock, outward } = this.#parts;
    return buildReply(delivery.event, reply, outward, clock.now());
  }

  canRespond({ event }: Delivery): boolean {
    return canAnswer(event, this.#parts.outward);
  }

  async publish(reply: Reply): ReturnType<Outward['reply']> {
    const receipt = await this.#parts.outward.reply(reply);
    if (receipt.status === 'delivered') this.#parts.counters.responses += 1;
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
        own(answered, 'Answering a duplicate', this.#parts);
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
    this.queue.offer(delivery);
    this.#parts.onReady();
  }

  #hand(delivery: Delivery): HostCommand {
    delivery.attempts += 1;
    const command = new HostCommand(delivery, this);
    delivery.partition.inHand.add(command);
    this.#inHand += 1;
    this.#parts.counters.handedOver += 1;
    if (delivery.attempts > 1) this.#parts.counters.redelivered += 1;
    else this.#tellUnanswerable(delivery);
    return command;
  }

  #back(command: HostCommand): Delivery {
    const delivery = HostCommand.deliveryOf(command);
    if (delivery.partition.inHand.remove(command)) this.#inHand -= 1;
    if (this.#closed && this.#inHand === 0) {
      this.clock.soon(() => {
        this.#parts.onHandEmpty();
      });
    }
    return delivery;
  }

  // --- outcomes

  #expired({ event }: Delivery): boolean {
    return isExpired(event, this.#parts.config.expired, this.clock);
  }

  #expire(delivery: Delivery): void {
    this.#parts.counters.expired += 1;
    this.#parts.tell.tell('command-expired', () => ({
      ...delivery.event,
      meta: delivery.meta(delivery.attempts),
    }));
    this.#done(delivery);
  }

  async #duplicate(delivery: Delivery, reply: Reply | undefined, first: RecordPlace): Promise<void> {
    this.#parts.counters.duplicates += 1;
    if (reply !== undefined && !(await this.#parts.lastResort.answerAgain(delivery, reply))) return;
    this.#parts.tell.tell('command-duplicate', () => ({
      ...delivery.event,
      meta: delivery.meta(0),
      first,
      answered: reply !== undefined,
    }));
    this.#done(delivery);
  }

  /** Not to the logger: hosts that give `respond()` the device would hear it of every command. */
  #tellUnanswerable(delivery: Delivery): void {
    const { tell } = this.#parts;
    if (!tell.hears('command-unanswerable') || delivery.event.kind === 'rpc_response_received') return;
    if (this.canRespond(delivery)) return;
    tell.tell('command-unanswerable', () => ({ ...delivery.event, meta: delivery.meta(delivery.attempts) }));
  }

  #tellDropped(delivery: Delivery, error: NorthwardError): void {
    this.#parts.tell.tell('command-dropped', () => ({
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
    this.#parts.counters.latency.observe(this.clock.monotonic() - delivery.takenAt);
    const next = this.queue.finish(delivery);
    const freed = this.#claims.release(delivery);
    this.#parts.onSettled(partition);
    this.#parts.onRoom();
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
