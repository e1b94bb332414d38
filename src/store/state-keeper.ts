import type { Clock, Timer } from '../core/clock.js';
import type { StateFile } from './state-file.js';
import type { StoreState } from './state.js';

/** What is done is noted at most so often. */
const EVERY_MS = 1_000;
/** A small document takes a block. */
const BYTES_A_STATE = 4_096;

/** Writes the state: at most once a second by itself, and at once where something must not happen before. */
export class StateKeeper {
  readonly #clock: Clock;
  readonly #stateNow: () => StoreState;
  readonly #onWritten: (state: StoreState) => void;
  readonly #onFailed: (cause: unknown) => void;
  #file: StateFile | null = null;
  #timer: Timer | null = null;
  /** Has not taken the state yet. */
  #next: Promise<void> | null = null;
  #last: Promise<void> = Promise.resolve();
  /** About: of the documents. */
  bytesWritten = 0;

  /** @param onFailed of what it wrote by itself */
  constructor(
    clock: Clock,
    stateNow: () => StoreState,
    onWritten: (state: StoreState) => void,
    onFailed: (cause: unknown) => void,
  ) {
    this.#clock = clock;
    this.#stateNow = stateNow;
    this.#onWritten = onWritten;
    this.#onFailed = onFailed;
  }

  get hasFile(): boolean {
    return this.#file !== null;
  }

  begin(file: StateFile): void {
    this.#file = file;
  }

  changed(): void {
    if (this.#file === null) return;
    this.#timer ??= this.#clock.inBackground(EVERY_MS, () => {
      this.#timer = null;
      this.write().catch(this.#onFailed);
    });
  }

  /** Resolves when the state as it is now, or later, survives a power cut. Rejects with what the disk says. */
  write(): Promise<void> {
    this.#next ??= this.#last
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        this.#last = this.#write();
        return this.#last;
      });
    return this.#next;
  }

  async #write(): Promise<void> {
    if (this.#file === null) throw new Error('the state has no file');
    const state = this.#stateNow();
    await this.#file.write(state);
    this.bytesWritten += BYTES_A_STATE;
    this.#onWritten(state);
  }

  async end(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}
