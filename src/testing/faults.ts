import { deliveryFailure, RD } from '../kafka/port/codes.js';
import type { DeliveryFailure } from '../kafka/port/ports.js';
import type { OutgoingKind } from '../record/outgoing-record.js';
import type { Handed } from './memory-producer.js';

/** What the test double itself complains about: that a test asks of it what cannot be. */
export type TestDoubleErrorCode =
  | 'ROUTE_OFF'
  | 'ROUTE_MAPPED'
  | 'TOPIC_UNREAD'
  | 'RECORD_SKIPPED'
  | 'FAULT_UNKNOWN'
  | 'NEVER_COMMITTED'
  | 'TIME_INVALID'
  | 'NOT_DRAINED';

/**
 * The test used the double in a way that cannot work, or `assertDrained()` found something. No `NorthwardError`,
 * so that a gateway that handles those does not swallow it.
 */
export class TestDoubleError extends Error {
  override readonly name: string = 'TestDoubleError';
  readonly code: TestDoubleErrorCode;
  /** What to do. */
  readonly hint: string;

  constructor(code: TestDoubleErrorCode, message: string, hint: string) {
    super(`${message}. ${hint}`);
    this.code = code;
    this.hint = hint;
  }
}

/** What a broker may answer, by the code that the caller gets. */
export const DELIVERY_FAULTS = {
  DELIVERY_TIMEOUT: deliveryFailure(RD.MSG_TIMED_OUT),
  TOPIC_NOT_FOUND: deliveryFailure(RD.UNKNOWN_TOPIC_OR_PART),
  TOPIC_FORBIDDEN: deliveryFailure(RD.TOPIC_AUTHORIZATION_FAILED),
  MESSAGE_TOO_LARGE: deliveryFailure(RD.MSG_SIZE_TOO_LARGE),
  AUTHORIZATION_FAILED: deliveryFailure(RD.CLUSTER_AUTHORIZATION_FAILED),
  DELIVERY_FAILED: deliveryFailure(RD.NOT_ENOUGH_REPLICAS),
} as const;

/** An error that `failNext()` may let a delivery end with. */
export type DeliveryFault = keyof typeof DELIVERY_FAULTS;

/** Which records `failNext()` lets fail, and how many. */
export interface FailOptions {
  /** How many records fail. Default 1. */
  readonly times?: number | undefined;
  /** Only records for this topic. */
  readonly topic?: string | undefined;
  /** Only records of this kind; `dead_letter` for those of the downlink. */
  readonly kind?: OutgoingKind | undefined;
}

interface Fault {
  readonly code: DeliveryFault;
  readonly options: FailOptions;
  left: number;
}

export class Faults {
  #waiting: Fault[] = [];

  add(error: DeliveryFault | { readonly code: string }, options: FailOptions): void {
    const code = typeof error === 'string' ? error : error.code;
    if (!isFault(code)) {
      const known = Object.keys(DELIVERY_FAULTS).join(', ');
      throw new TestDoubleError(
        'FAULT_UNKNOWN',
        `failNext(${code}): no broker answers a record like that`,
        `Take one of ${known}. QUEUE_FULL comes from setConnected(false) and a small uplink.queue.maxMessages.`,
      );
    }
    this.#waiting.push({ code, options, left: options.times ?? 1 });
  }

  /** Why a record does not arrive; `null`: it does. */
  outcomeOf(record: Handed): DeliveryFailure | null {
    const fault = this.#waiting.find(({ options: { topic, kind } }) => {
      return (topic ?? record.topic) === record.topic && (kind ?? record.kind) === record.kind;
    });
    if (fault === undefined) return null;
    fault.left -= 1;
    if (fault.left <= 0) this.#waiting = this.#waiting.filter((each) => each !== fault);
    return DELIVERY_FAULTS[fault.code];
  }

  /** Those that met no record yet. */
  get left(): readonly string[] {
    return this.#waiting.map(({ code, left }) => `failNext(${code}): ${left} record(s) still to fail`);
  }
}

function isFault(code: string): code is DeliveryFault {
  return Object.hasOwn(DELIVERY_FAULTS, code);
}
