/** What the downlink has to send: replies and dead letters. They go out whatever `uplink.enabled` says (contract §6). */
import type { NorthwardError } from '../errors.js';
import type { NativeHeaders } from '../kafka/ports.js';
import type { Receipt, UplinkDataByKind } from '../model.js';
import { headerValue } from './headers.js';
import type { Route, UplinkMapper } from './mapping.js';
import type { Outbox } from './outbox.js';
import { TOMBSTONE, type Pending } from './pending.js';

export type ReplyKind = 'rpc_response' | 'write_point_response';

/** A record that goes out as it is. */
export interface RawOutgoing {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: ReadonlyArray<readonly [name: string, value: Buffer | string | null]>;
  readonly timestampMs: number;
}

const REQUEST_ID = 'request_id';

export class Outgoing {
  readonly #mapper: UplinkMapper;
  readonly #outbox: Outbox;
  readonly #failed: (pending: Pending, error: NorthwardError) => void;

  /** @param failed ends a message that was never accepted */
  constructor(
    mapper: UplinkMapper,
    outbox: Outbox,
    failed: (pending: Pending, error: NorthwardError) => void,
  ) {
    this.#mapper = mapper;
    this.#outbox = outbox;
    this.#failed = failed;
  }

  /** Publishes through the mapping of the kind; `skipped` where that is disabled. Rejects as publish does. */
  reply<K extends ReplyKind>(kind: K, data: UplinkDataByKind[K]): Promise<Receipt> {
    if (!this.#mapper.replies(kind))
      return Promise.resolve({ status: 'skipped', reason: 'mapping_disabled' });
    return this.#publish((pending) => {
      pending.kind = kind;
      this.#mapper.encode(kind, data, pending);
      if (pending.route !== null) pending.route = withRequestId(pending.route, data.requestId);
    });
  }

  /** Publishes the record as it is. Rejects with a `DeliveryError`. */
  send(record: RawOutgoing): Promise<Receipt> {
    const { topic, key, value, timestampMs } = record;
    const headers = record.headers.map(([name, each]) => ({ [name]: rawHeaderValue(each) }));
    return this.#publish((pending) => {
      pending.kind = 'dead_letter';
      pending.route = { renderedTopic: topic, topic, key, headersAt: () => headers };
      pending.value = value ?? TOMBSTONE;
      pending.timestampMs = timestampMs;
    });
  }

  #publish(fill: (pending: Pending) => void): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const pending = this.#outbox.take();
      pending.resolve = resolve;
      pending.reject = reject;
      try {
        fill(pending);
      } catch (error) {
        this.#failed(pending, error as NorthwardError);
        this.#outbox.release(pending);
        return;
      }
      pending.bytes = (pending.value?.length ?? 0) + (pending.route?.key?.length ?? 0);
      this.#outbox.submit(pending);
    });
  }
}

function withRequestId(route: Route, requestId: string): Route {
  const { renderedTopic, topic, key } = route;
  return {
    renderedTopic,
    topic,
    key,
    headersAt: (timestampMs): NativeHeaders => [
      ...(route.headersAt(timestampMs) ?? []).filter((header) => !Object.hasOwn(header, REQUEST_ID)),
      { [REQUEST_ID]: headerValue(requestId) },
    ],
  };
}

/** The client refuses null, and sends an empty Buffer as null. Which of the two it was when it came, it does not tell. */
function rawHeaderValue(value: Buffer | string | null): Buffer | string {
  if (typeof value === 'string') return headerValue(value);
  return value === null || value.length === 0 ? '' : value;
}
