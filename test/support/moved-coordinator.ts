/**
 * Stands between clients and one embedded broker, and answers the first question for committed offsets with "not coordinator", as a
 * broker does right after the topic of the offsets was made, or while the coordinator of a group moves. Later ones go through.
 */
import type { Socket } from 'node:net';
import { BrokerProxy } from '../../scripts/kafka/proxy.mjs';

const OFFSET_FETCH = 9;
const NOT_COORDINATOR = 16;

export class MovedCoordinator {
  /** Questions for committed offsets that came. */
  asked = 0;
  readonly #proxy: BrokerProxy;

  constructor(bootstrapServers: string) {
    this.#proxy = new BrokerProxy(bootstrapServers, (frame, client) => !this.#refuses(frame, client));
  }

  /** @returns its address, for `connection.bootstrapServers`. */
  async start(): Promise<string> {
    await this.#proxy.start();
    return this.#proxy.bootstrapServers;
  }

  stop(): void {
    this.#proxy.stop();
  }

  #refuses(frame: Buffer, client: Socket): boolean {
    if (frame.readInt16BE(4) !== OFFSET_FETCH) return false;
    this.asked += 1;
    if (this.asked > 1) return false;
    client.write(refusal(frame));
    return true;
  }
}

/** The answer without topics: versions 6 and 7, with short lengths and tagged fields (KIP-482). */
function refusal(request: Buffer): Buffer {
  const version = request.readInt16BE(6);
  if (version !== 6 && version !== 7) throw new Error(`OffsetFetch ${version}: this proxy answers 6 and 7`);
  const answer = Buffer.alloc(17);
  answer.writeInt32BE(answer.length - 4);
  request.copy(answer, 4, 8, 12); // the correlation id; then no tags, no throttling
  answer.writeInt8(1, 13); // no topics
  answer.writeInt16BE(NOT_COORDINATOR, 14); // then no tags
  return answer;
}
