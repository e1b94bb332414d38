// @ts-check
/** The only broker of a cluster comes and goes: frozen, so that connections stay and nothing answers, or killed. */
export class Outages {
  #cluster;
  /** @type {'frozen' | 'killed' | undefined} */
  #now;
  #changing = Promise.resolve();

  /** @param {import('../kafka/cluster.mjs').KafkaCluster} cluster */
  constructor(cluster) {
    this.#cluster = cluster;
  }

  /** No broker answers. */
  get underWay() {
    return this.#now !== undefined;
  }

  /** @param {'frozen' | 'killed'} how */
  begin(how) {
    if (this.#now !== undefined) return;
    this.#now = how;
    this.#after(() => (how === 'frozen' ? this.#cluster.freeze(1) : this.#cluster.kill9(1)));
  }

  end() {
    const how = this.#now;
    if (how === undefined) return;
    this.#now = undefined;
    this.#after(() => (how === 'frozen' ? this.#cluster.thaw(1) : this.#cluster.restart(1)));
  }

  /** Resolves when the broker is what it was last told to be: a start takes seconds. */
  settled() {
    return this.#changing;
  }

  /** @param {() => Promise<void>} change */
  #after(change) {
    this.#changing = this.#changing.then(change);
    // Told to whoever waits for it; until then it is nobody's.
    this.#changing.catch(() => undefined);
  }
}
