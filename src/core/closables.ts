/** What has to be closed in the end, also where it is open only after that. */

interface Closable {
  close(flushMs: number): Promise<void>;
}

export class Closables {
  readonly #opening = new Set<Promise<Closable | null>>();

  /** Gives back what it takes. */
  opening<T extends Closable>(thing: Promise<T>): Promise<T> {
    this.#opening.add(thing.catch(() => null));
    return thing;
  }

  /** Waits for what is still being opened. Never rejects. */
  async closeAll(): Promise<void> {
    const opening = [...this.#opening];
    this.#opening.clear();
    await Promise.all(
      opening.map(async (each) => {
        await (await each)?.close(0).catch(() => undefined);
      }),
    );
  }
}
