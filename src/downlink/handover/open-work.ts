/** What `stop()` waits for: commands in the host's hands, and dead letters and repeated answers on their way. */
import type { Clock } from '../../core/clock.js';

export class OpenWork {
  readonly #clock: Clock;
  #inHand = 0;
  #sending = 0;
  #whenDone: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Commands in the host's hands. */
  get inHand(): number {
    return this.#inHand;
  }

  handedOver(): void {
    this.#inHand += 1;
  }

  /** Commands came back from the host, or went with their partition. */
  cameBack(count: number): void {
    this.#inHand -= count;
    // In a turn of its own: what becomes of them may have to be sent first.
    if (this.#whenDone !== undefined && this.#inHand === 0) this.#clock.soon(this.#check);
  }

  sends(): void {
    this.#sending += 1;
  }

  sent(): void {
    this.#sending -= 1;
    this.#check();
  }

  /** Resolves when nothing is open. */
  done(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenDone = resolve;
      this.#check();
    });
  }

  readonly #check = (): void => {
    if (this.#inHand === 0 && this.#sending === 0) this.#whenDone?.();
  };
}
