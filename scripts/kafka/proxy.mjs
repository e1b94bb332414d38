// @ts-check
/**
 * A TCP proxy between clients and one broker on loopback, which can be cut. The broker tells its own address to clients; the
 * proxy puts its own port there instead, so that they stay with it.
 */
import { connect, createServer } from 'node:net';

/** Api key of a Produce request. */
export const PRODUCE = 0;

/**
 * @callback Decide
 * @param {Buffer} request With its length in front
 * @param {import('node:net').Socket} client
 * @returns {boolean} false: the request does not go on
 */

export class BrokerProxy {
  #broker;
  #decide;
  #advertised;
  #server = createServer((client) => this.#join(client));
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();
  /** Produce requests that the broker has and has not answered, by connection and correlation id. @type {Set<string>} */
  #open = new Set();
  #connections = 0;
  #isCut = false;
  /** @type {() => void} */
  #whenAnswered = () => undefined;

  /**
   * @param {string} bootstrapServers Of one broker
   * @param {Decide} [decide] Looks at each request
   * @param {number} [advertised] Port that clients are told. Default: its own
   */
  constructor(bootstrapServers, decide = () => true, advertised) {
    const [host = '', port] = bootstrapServers.split(':');
    this.#broker = { host, port: Number(port) };
    this.#decide = decide;
    this.#advertised = advertised;
  }

  /** Its address, for `connection.bootstrapServers`; after `start()`. */
  get bootstrapServers() {
    return `127.0.0.1:${this.#port}`;
  }

  async start() {
    await /** @type {Promise<void>} */ (
      new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()))
    );
  }

  /**
   * Ends all connections, and each new one at once. What the broker has taken is answered first: the embedded one, unlike
   * Kafka, does not see that a request comes for the second time.
   */
  async cut() {
    this.#isCut = true;
    await /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        this.#whenAnswered = resolve;
        this.#checkAnswered();
      })
    );
    this.#endConnections();
  }

  restore() {
    this.#isCut = false;
  }

  stop() {
    this.#server.close();
    this.#endConnections();
  }

  get #port() {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  #endConnections() {
    for (const socket of this.#sockets) socket.destroy();
  }

  #checkAnswered() {
    if (this.#open.size === 0) this.#whenAnswered();
  }

  /** @param {import('node:net').Socket} client */
  #join(client) {
    if (this.#isCut) {
      client.destroy();
      return;
    }
    const broker = connect(this.#broker.port, this.#broker.host);
    this.#connections += 1;
    const name = this.#connections;
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        broker.destroy();
        for (const request of this.#open) if (request.startsWith(`${name}/`)) this.#open.delete(request);
        this.#checkAnswered();
      });
    }
    eachFrame(client, (request) => {
      if (this.#isCut || !this.#decide(request, client)) return;
      if (request.readInt16BE(4) === PRODUCE) this.#open.add(`${name}/${request.readInt32BE(8)}`);
      broker.write(request);
    });
    eachFrame(broker, (response) => {
      client.write(this.#readdressed(response));
      this.#open.delete(`${name}/${response.readInt32BE(4)}`);
      this.#checkAnswered();
    });
  }

  /**
   * The broker's address, where it stands in a response, becomes that of the proxy.
   * @param {Buffer} response
   */
  #readdressed(response) {
    const port = Buffer.alloc(4);
    port.writeInt32BE(this.#broker.port);
    const place = Buffer.concat([Buffer.from(this.#broker.host), port]);
    for (let at = response.indexOf(place); at >= 0; at = response.indexOf(place, at + 1)) {
      response.writeInt32BE(this.#advertised ?? this.#port, at + this.#broker.host.length);
    }
    return response;
  }
}

/**
 * Calls for each request or response, with its length in front.
 * @param {import('node:net').Socket} socket
 * @param {(frame: Buffer) => void} take
 */
function eachFrame(socket, take) {
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
