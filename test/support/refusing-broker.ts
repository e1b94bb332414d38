/**
 * Stands between a client and one broker on loopback, and refuses one Produce request with "not enough replicas", as a
 * broker does that has lost its followers for a moment. What comes behind it goes through.
 */
import type { Socket } from 'node:net';
import { BrokerProxy, PRODUCE } from '../../scripts/kafka/proxy.mjs';

export const NOT_ENOUGH_REPLICAS = 19;

export class RefusingBroker {
  /** Produce requests that came. */
  produced = 0;
  readonly #proxy: BrokerProxy;
  readonly #topic: string;
  readonly #nth: number;
  #refuse: (() => void) | null = null;

  /** @param nth which Produce request is refused, counted from 1 */
  constructor(bootstrapServers: string, topic: string, nth: number) {
    this.#topic = topic;
    this.#nth = nth;
    this.#proxy = new BrokerProxy(bootstrapServers, (frame, client) => !this.#holds(frame, client));
  }

  /** @returns its address, for `connection.bootstrapServers`. */
  async start(): Promise<string> {
    await this.#proxy.start();
    return this.#proxy.bootstrapServers;
  }

  /** Answers that request, which was held back until now. */
  refuse(): void {
    this.#refuse?.();
    this.#refuse = null;
  }

  stop(): void {
    this.#proxy.stop();
  }

  #holds(frame: Buffer, client: Socket): boolean {
    if (frame.readInt16BE(4) !== PRODUCE) return false;
    this.produced += 1;
    if (this.produced !== this.#nth) return false;
    this.#refuse = () => client.write(refusal(frame, this.#topic, NOT_ENOUGH_REPLICAS));
    return true;
  }
}

/** The answer to a Produce request for one partition: from version 9 on, with short lengths and tagged fields (KIP-482). */
export function refusal(request: Buffer, topic: string, code: number): Buffer {
  if (request.readInt16BE(6) < 9) throw new Error('an older Produce request than this broker can refuse');
  const name = Buffer.from(topic);
  const partition = Buffer.alloc(30);
  partition.writeInt16BE(code, 4);
  for (const offset of [6, 14, 22]) partition.writeBigInt64BE(-1n, offset);
  const correlationId = request.subarray(8, 12);
  const topics = [[0, 2, name.length + 1], name, [2], partition, [1, 0, 0, 0]];
  const throttle = [0, 0, 0, 0, 0];
  const bytes = Buffer.concat([correlationId, ...topics, throttle].map((part) => Buffer.from(part)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
