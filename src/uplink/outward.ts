/** What the downlink has to send: replies and dead letters. They go out whatever `uplink.enabled` says (contract §6). */
import type { NorthwardError } from '../api/errors.js';
import type { ResolvedConfig } from '../config/resolved-config.js';
import { UPLINK_SLOT_OF, type ReplyKind } from '../api/kinds.js';
import type { PointMetaSource, Receipt } from '../api/uplink.js';
import { bytesOf, type OutgoingRecord } from '../record/outgoing-record.js';
import type { UplinkMapper } from './encode/mapper.js';
import type { Intake } from './delivery/intake.js';
import type { Outcomes } from './delivery/outcomes.js';
import { promiseOf } from './delivery/owner.js';
import type { Pending } from './delivery/pending.js';
import type { Outward, Reply } from '../record/outward.js';
import type { LossLog } from '../observability/loss-log.js';
import { idIn, pointMetaReader } from './event/point-meta.js';

const REQUEST_ID = 'request_id';

export class Outgoing {
  #mapper: UplinkMapper;
  readonly #intake: Intake;
  readonly #outcomes: Outcomes;

  constructor(mapper: UplinkMapper, intake: Intake, outcomes: Outcomes) {
    this.#mapper = mapper;
    this.#intake = intake;
    this.#outcomes = outcomes;
  }

  /** Replies from now on go by this mapper. */
  use(mapper: UplinkMapper): void {
    this.#mapper = mapper;
  }

  /** Whether replies of the kind are sent. */
  sends(kind: ReplyKind): boolean {
    return this.#mapper.replies(kind);
  }

  /** Publishes through the mapping of the kind; `skipped` where that is disabled. Rejects as publish does. */
  reply({ kind, data }: Reply): Promise<Receipt> {
    if (!this.#mapper.replies(kind))
      return Promise.resolve({ status: 'skipped', reason: 'mapping_disabled' });
    return this.#publish((pending) => {
      pending.kind = kind;
      this.#mapper.encode(kind, data, pending);
      pending.headers = pending.headers.with(REQUEST_ID, data.requestId);
    });
  }

  /** Publishes the record as it is. Rejects with a `DeliveryError`. */
  send(record: OutgoingRecord): Promise<Receipt> {
    return this.#publish((pending) => Object.assign(pending, record));
  }

  #publish(fill: (pending: Pending) => void): Promise<Receipt> {
    const pending = this.#intake.take();
    const promise = promiseOf(pending);
    // On disk is as good: it will arrive. Without a store that works, nothing but the broker's word counts.
    pending.untilStored = true;
    try {
      fill(pending);
    } catch (error) {
      this.#outcomes.failed(pending, error as NorthwardError);
      this.#intake.release(pending);
      return promise;
    }
    pending.bytes = bytesOf(pending);
    this.#intake.submit(pending);
    return promise;
  }
}

/** The downlink's way out: it knows the uplink by these functions only. */
export function outwardOf(
  outgoing: Outgoing,
  pointMeta: PointMetaSource | undefined,
  losses: LossLog,
): Outward {
  const points = pointMetaReader(pointMeta);
  return {
    reply: async (reply) => {
      const receipt = await outgoing.reply(reply);
      if (receipt.status === 'skipped') losses.note('answerDisabled', `uplink.${UPLINK_SLOT_OF[reply.kind]}`);
      return receipt;
    },
    send: (record) => outgoing.send(record),
    deviceOf: (pointId) => (points === null ? undefined : idIn(points.byId(pointId), 'deviceId')),
    deviceNamed: (name) => (points === null ? undefined : idIn(points.byDeviceName(name), 'deviceId')),
    sends: (kind) => outgoing.sends(kind),
  };
}

/** Whether the downlink may have something to send. */
export function answersOf({ downlink }: ResolvedConfig, mapper: UplinkMapper): boolean {
  return (
    downlink.deadLetter.enabled || mapper.replies('rpc_response') || mapper.replies('write_point_response')
  );
}
