/** Producers whose topics are spread over several clients, where they are many. */
import type {
  ConnectionCause,
  FurtherClients,
  ProducerListener,
  ProducerPort,
  ProducerSource,
} from '../port/ports.js';
import { SpreadPort, type SpreadParts } from './spread-port.js';

export class SpreadSource implements ProducerSource {
  readonly #parts: SpreadParts;
  readonly #source: ProducerSource;
  #port: SpreadPort | null = null;
  #formerReconnects = 0;
  readonly further: FurtherClients;

  constructor(parts: SpreadParts) {
    this.#parts = parts;
    this.#source = parts.source;
    const clients = (): number => this.#port?.clients ?? 0;
    const reconnects = (): number => this.#formerReconnects + (this.#port?.reconnects ?? 0);
    this.further = {
      get clients() {
        return clients();
      },
      get reconnects() {
        return reconnects();
      },
    };
  }

  async open(listener: ProducerListener): Promise<ProducerPort> {
    const first = await this.#source.open(listener);
    this.#formerReconnects = this.further.reconnects;
    this.#port = new SpreadPort(first, listener, this.#parts);
    return this.#port;
  }

  async changed(): Promise<boolean> {
    return this.#source.changed();
  }

  async whySilent(stopping: AbortSignal): Promise<ConnectionCause | null> {
    return (await this.#source.whySilent?.(stopping)) ?? null;
  }
}
