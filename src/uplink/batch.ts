/** The outcomes of one `publishBatch`, in the order of its events. */
import type { BatchSink, Outcome } from './pending.js';

export class BatchOutcomes implements BatchSink {
  readonly #outcomes: Outcome[];
  readonly #resolve: (outcomes: Outcome[]) => void;
  #missing: number;

  constructor(size: number, resolve: (outcomes: Outcome[]) => void) {
    this.#outcomes = new Array<Outcome>(size);
    this.#missing = size;
    this.#resolve = resolve;
  }

  settle(index: number, outcome: Outcome): void {
    this.#outcomes[index] = outcome;
    this.#missing -= 1;
    if (this.#missing === 0) this.#resolve(this.#outcomes);
  }
}
