/**
 * Waits until the native client says that its queue is no longer empty. It says so once, when the first thing
 * comes, so a short look follows; and it is asked now and then all the same, so that the group never takes
 * this member for stuck.
 */

/** Waits between looks, each longer than the one before while nothing comes. */
const WAITS_MS: readonly number[] = [1, 5, 20, 100, 250, 500];

export class ConsumeWaker {
  #woken = false;
  #stopped = false;
  #idle = 0;
  #end: (() => void) | undefined;

  /** Something came: the wait that is on, or the next one, ends at once. */
  wake(): void {
    this.#woken = true;
    this.#idle = 0;
    this.#end?.();
  }

  /** The last look brought something: the next one may as well. */
  busy(): void {
    this.#idle = 0;
  }

  /** No wait from now on. */
  stop(): void {
    this.#stopped = true;
    this.#end?.();
  }

  async wait(): Promise<void> {
    if (!this.#woken && !this.#stopped) {
      const ms = WAITS_MS[Math.min(this.#idle, WAITS_MS.length - 1)] ?? 0;
      this.#idle += 1;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#end = undefined;
    }
    this.#woken = false;
  }
}
