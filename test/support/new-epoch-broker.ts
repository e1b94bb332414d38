/**
 * Stands between a client and one broker on loopback, and makes the client begin a new epoch at a bad moment: requests to one topic
 * leave a gap in its sequence numbers, just when a request to another topic was stored and is to be sent again.
 */
import type { Socket } from 'node:net';
import { BrokerProxy, PRODUCE } from '../../scripts/kafka/proxy.mjs';
import { NOT_ENOUGH_REPLICAS, refusal } from './refusing-broker.js';

const REQUEST_TIMED_OUT = 7;
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45;

export class NewEpochBroker {
  /** Requests to the topic with the gap that wait for their refusals. */
  held = 0;
  readonly #proxy: BrokerProxy;
  readonly #stored: string;
  readonly #gap: string;
  readonly #refuse: Array<() => void> = [];
  #on = false;

  /**
   * @param stored topic of which a request is stored, but not acknowledged
   * @param gap topic of which two requests are refused
   */
  constructor(bootstrapServers: string, stored: string, gap: string) {
    this.#stored = stored;
    this.#gap = gap;
    this.#proxy = new BrokerProxy(bootstrapServers, (frame, client) => this.#goesOn(frame, client));
  }

  /** @returns its address, for `connection.bootstrapServers`. */
  async start(): Promise<string> {
    await this.#proxy.start();
    return this.#proxy.bootstrapServers;
  }

  /** The next two requests to the topic with the gap are held until one to the other topic comes. */
  begin(): void {
    this.#on = true;
  }

  stop(): void {
    this.#proxy.stop();
  }

  #goesOn(frame: Buffer, client: Socket): boolean {
    if (!this.#on || frame.readInt16BE(4) !== PRODUCE) return true;
    if (frame.includes(this.#gap)) {
      const code = this.held === 0 ? NOT_ENOUGH_REPLICAS : OUT_OF_ORDER_SEQUENCE_NUMBER;
      this.#refuse.push(() => client.write(refusal(frame, this.#gap, code)));
      this.held += 1;
      return false;
    }
    this.#on = false;
    // What the broker says itself comes later, and to a request that the client has given up.
    client.write(refusal(frame, this.#stored, REQUEST_TIMED_OUT));
    for (const refuse of this.#refuse) refuse();
    return true;
  }
}
