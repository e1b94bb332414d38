// @ts-check
/** How many of a sort are shown. */
const SHOWN = 5;

/** Problems by their sort, the first few of each shown. */
export class Problems {
  /** @type {Map<string, string[]>} */
  #bySort = new Map();

  /** @param {string} sort @param {string} which */
  add(sort, which) {
    const found = this.#bySort.get(sort);
    if (found === undefined) this.#bySort.set(sort, [which]);
    else found.push(which);
  }

  list() {
    return [...this.#bySort].map(([sort, all]) => {
      const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : '';
      return `${sort}: ${all.slice(0, SHOWN).join('; ')}${more}`;
    });
  }
}
