/**
 * A consumer is connected when a broker answers and the group has given it its partitions, with their
 * positions (contract §7); a producer needs the first only.
 */
import type { NorthwardError } from '../errors.js';
import type { ConnectionState, ConnectionStatus, Lack, LinkStatus } from './status.js';

const NO_PARTITIONS: Lack = {
  text: 'a broker answers, but the consumer group has not given its partitions',
  hint:
    'A group waits for members that left without a word, up to session.timeout.ms (45 s). ' +
    'The library goes on trying; ready() may be called again.',
};

export class GroupReadiness implements LinkStatus {
  readonly #status: ConnectionStatus;
  #linked = false;
  #positioned = false;
  /** What the group or a topic refuses. */
  #trouble: NorthwardError | undefined;
  /** What else the consumer reported, since the group last worked. */
  #hindrance: NorthwardError | undefined;

  constructor(status: ConnectionStatus) {
    this.#status = status;
  }

  /** Of the link: what the monitor wants to know. */
  get state(): ConnectionState {
    return this.#linked ? 'connected' : this.#status.state;
  }

  connected(): void {
    this.#linked = true;
    this.#judge();
  }

  trying(reason?: NorthwardError): void {
    this.#linked = false;
    this.#status.trying(reason);
  }

  failed(reason: NorthwardError): void {
    this.#linked = false;
    this.#status.failed(reason);
  }

  disconnected(): void {
    this.#linked = false;
    this.#status.disconnected();
  }

  /** The group has given partitions, none perhaps; or it works: what was refused is granted. */
  positioned(): void {
    this.#positioned = true;
    this.#trouble = undefined;
    this.#hindrance = undefined;
    this.#judge();
  }

  /** The membership is gone. */
  unpositioned(): void {
    this.#positioned = false;
    this.#judge();
  }

  /** A person is needed. */
  refused(trouble: NorthwardError): void {
    this.#trouble = trouble;
    this.#judge();
  }

  /** It goes on trying: this is why there are no partitions yet. */
  hindered(hindrance: NorthwardError): void {
    this.#hindrance = hindrance;
    if (!this.#positioned) this.#judge();
  }

  #judge(): void {
    if (!this.#linked) return;
    if (this.#trouble !== undefined) this.#status.failed(this.#trouble);
    else if (this.#positioned) this.#status.connected();
    else this.#status.trying(this.#hindrance, NO_PARTITIONS);
  }
}
