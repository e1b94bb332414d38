/**
 * Stands between a client and one broker on loopback, and refuses one Produce request with "not enough replicas", as a
 * broker does that has lost its followers for a moment. What comes behind it goes through.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

const PRODUCE = 0;
const NOT_ENOUGH_REPLICAS = 19;

export class RefusingBroker {
  /** Produce requests that came. */
  produced = 0;
  readonly #broker: { readonly host: string; readonly port: number };
  readonly #topic: string;
  readonly #nth: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #refuse: (() => void) | null = null;

  /** @param nth which Produce request is refused, counted from 1 */
  constructor(bootstrapServers: string, topic: string, nth: number) {
    const [host = '', port] = bootstrapServers.split(':');
    this.#broker = { host, port: Number(port) };
    this.#topic = topic;
    this.#nth = nth;
    this.#server = createServer((client) => this.#join(client));
  }

  /** @returns its address, for `connection.bootstrapServers`. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${this.#port}`;
  }

  /** Answers that request, which was held back until now. */
  refuse(): void {
    this.#refuse?.();
    this.#refuse = null;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  get #port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  #join(client: Socket): void {
    const broker = connect(this.#broker.port, this.#broker.host);
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        broker.destroy();
      });
    }
    eachFrame(client, (frame) => {
      if (!this.#holds(frame, client)) broker.write(frame);
    });
    broker.on('data', (data) => client.write(this.#readdressed(data)));
  }

  #holds(frame: Buffer, client: Socket): boolean {
    if (frame.readInt16BE(4) !== PRODUCE) return false;
    this.produced += 1;
    if (this.produced !== this.#nth) return false;
    this.#refuse = () => client.write(refusal(frame, this.#topic));
    return true;
  }

  /** Metadata names the broker itself: the client must come here instead. */
  #readdressed(data: Buffer): Buffer {
    const own = Buffer.alloc(4);
    own.writeInt32BE(this.#broker.port);
    const place = Buffer.concat([Buffer.from(this.#broker.host), own]);
    for (let at = data.indexOf(place); at >= 0; at = data.indexOf(place, at + 1)) {
      data.writeInt32BE(this.#port, at + this.#broker.host.length);
    }
    return data;
  }
}

/** Calls for each request, with its length in front. */
function eachFrame(socket: Socket, take: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

/** The answer to a Produce request for one partition: from version 9 on, with short lengths and tagged fields (KIP-482). */
function refusal(request: Buffer, topic: string): Buffer {
  if (request.readInt16BE(6) < 9) throw new Error('an older Produce request than this broker can refuse');
  const name = Buffer.from(topic);
  const partition = Buffer.alloc(30);
  partition.writeInt16BE(NOT_ENOUGH_REPLICAS, 4);
  for (const offset of [6, 14, 22]) partition.writeBigInt64BE(-1n, offset);
  const correlationId = request.subarray(8, 12);
  const topics = [[0, 2, name.length + 1], name, [2], partition, [1, 0, 0, 0]];
  const throttle = [0, 0, 0, 0, 0];
  const bytes = Buffer.concat([correlationId, ...topics, throttle].map((part) => Buffer.from(part)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
