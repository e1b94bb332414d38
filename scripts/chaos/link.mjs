// @ts-check
/** The network between the gateways and one broker: a TCP proxy that can be cut, stalled in one direction or both, and slowed down. */
import { connect, createServer } from 'node:net';

/**
 * @typedef {'open' | 'cut' | 'stalled' | 'requests-stalled' | 'answers-stalled' | 'half-open' | 'slow'} LinkState
 * - `cut`: connections are reset, and so is each new one.
 * - `stalled`: nothing passes; what was sent arrives later, as it does when a network comes back.
 * - `requests-stalled`, `answers-stalled`: one direction does. With the latter, brokers do what they are asked, and nobody hears of it.
 * - `half-open`: the broker's side of each connection is closed, and the gateway does not hear of it.
 * - `slow`: latency and a narrow band.
 */

const SLOW_LATENCY_MS = 150;
const SLOW_BYTES_A_SECOND = 40_000;
/** What a stalled direction holds before it stops reading. */
const HELD_BYTES = 1_048_576;

export class Link {
  #brokerPort;
  #server = createServer((client) => this.#join(client));
  /** @type {Set<Connection>} */
  #connections = new Set();
  /** @type {LinkState} */
  #state = 'open';

  /** @param {number} brokerPort On loopback */
  constructor(brokerPort) {
    this.#brokerPort = brokerPort;
  }

  /** @param {number} port The one that the broker advertises */
  async listen(port) {
    await /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(port, '127.0.0.1', () => resolve());
      })
    );
  }

  get state() {
    return this.#state;
  }

  /**
   * @param {LinkState} state
   * @param {boolean} [resets] What was held up is lost: the connections are reset. Default: it goes on
   */
  set(state, resets = false) {
    const before = this.#state;
    this.#state = state;
    for (const connection of this.#connections) {
      if (state === 'cut' || resets || before === 'half-open') connection.reset();
      else if (state === 'half-open') connection.closeBroker();
      else connection.goOn();
    }
  }

  close() {
    this.#server.close();
    for (const connection of this.#connections) connection.reset();
  }

  /** @param {import('node:net').Socket} client */
  #join(client) {
    if (this.#state === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const connection = new Connection(client, connect(this.#brokerPort, '127.0.0.1'), () => this.#state);
    this.#connections.add(connection);
    connection.whenClosed(() => this.#connections.delete(connection));
    if (this.#state === 'half-open') connection.closeBroker();
  }
}

class Connection {
  #client;
  #broker;
  #halfOpen = false;
  #requests;
  #answers;

  /**
   * @param {import('node:net').Socket} client
   * @param {import('node:net').Socket} broker
   * @param {() => LinkState} state
   */
  constructor(client, broker, state) {
    this.#client = client;
    this.#broker = broker;
    this.#requests = new Direction(client, broker, () => paceOf(state(), 'requests-stalled'));
    this.#answers = new Direction(broker, client, () => paceOf(state(), 'answers-stalled'));
    for (const socket of [client, broker]) socket.on('error', () => undefined);
    client.on('close', () => broker.destroy());
    broker.on('close', () => {
      if (!this.#halfOpen) this.#answers.afterAll(() => client.destroy());
    });
  }

  /** @param {() => void} then */
  whenClosed(then) {
    this.#client.on('close', then);
  }

  reset() {
    this.#client.resetAndDestroy();
    this.#broker.destroy();
  }

  /** The gateway's side stays open, and what it sends goes nowhere. */
  closeBroker() {
    this.#halfOpen = true;
    this.#broker.destroy();
  }

  goOn() {
    this.#requests.goOn();
    this.#answers.goOn();
  }
}

/** @param {LinkState} state @param {LinkState} own */
function paceOf(state, own) {
  if (state === 'stalled' || state === own) return 'none';
  return state === 'slow' ? 'slow' : 'all';
}

/** One direction of a connection: bytes in their order, as fast as they may. */
class Direction {
  #from;
  #to;
  #pace;
  /** @type {Buffer[]} */
  #held = [];
  #heldBytes = 0;
  #waits = false;
  /** @type {(() => void) | undefined} */
  #whenEmpty;

  /**
   * @param {import('node:net').Socket} from
   * @param {import('node:net').Socket} to
   * @param {() => 'all' | 'slow' | 'none'} pace
   */
  constructor(from, to, pace) {
    this.#from = from;
    this.#to = to;
    this.#pace = pace;
    from.on('data', (bytes) => this.#take(bytes));
    to.on('drain', () => this.goOn());
  }

  /** Calls once what is held has gone on. @param {() => void} then */
  afterAll(then) {
    this.#whenEmpty = then;
    this.goOn();
  }

  goOn() {
    while (!this.#waits) {
      const pace = this.#pace();
      const next = pace === 'none' ? undefined : this.#held.shift();
      if (next === undefined) break;
      this.#heldBytes -= next.length;
      if (pace === 'slow') this.#later(next);
      else if (!this.#to.destroyed && !this.#to.write(next)) break;
    }
    if (this.#heldBytes < HELD_BYTES) this.#from.resume();
    if (this.#held.length === 0 && !this.#waits) this.#whenEmpty?.();
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= HELD_BYTES) this.#from.pause();
    if (!this.#to.writableNeedDrain) this.goOn();
  }

  /** @param {Buffer} bytes */
  #later(bytes) {
    this.#waits = true;
    const ms = SLOW_LATENCY_MS + (bytes.length / SLOW_BYTES_A_SECOND) * 1000;
    const timer = setTimeout(() => {
      this.#waits = false;
      if (!this.#to.destroyed) this.#to.write(bytes);
      this.goOn();
    }, ms);
    timer.unref();
  }
}
