/**
 * A consumer is connected when a broker answers and the group has given it its partitions, with their
 * positions (contract §7); a producer needs the first only.
 */
import type { NorthwardError } from '../errors.js';
import type { ConnectionState, ConnectionStatus, LinkStatus } from './status.js';

export class GroupReadiness implements LinkStatus {
  readonly #status: ConnectionStatus;
  #linked = false;
  #positioned = false;
  /** What the group or a topic refuses. */
  #trouble: NorthwardError | undefined;

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

  #judge(): void {
    if (!this.#linked) return;
    if (this.#trouble !== undefined) this.#status.failed(this.#trouble);
    else if (this.#positioned) this.#status.connected();
    else this.#status.trying();
  }
}
