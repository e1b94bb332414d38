/** Where the whole of a divided record is on disk: until each part is safe elsewhere, or has its end. */
import type { Pending } from '../delivery/pending.js';

export class SharedOrigin {
  readonly #done: () => void;
  #parts = 0;

  /** @param done nothing of it is needed on disk any more */
  constructor(done: () => void) {
    this.#done = done;
  }

  /** A part, which is on disk as long as the whole is. */
  add(part: Pending): void {
    this.#parts += 1;
    part.origin = this;
  }

  moved(part: Pending): void {
    part.origin = null;
    this.leave();
  }

  leave(): void {
    this.#parts -= 1;
    if (this.#parts === 0) this.#done();
  }
}
