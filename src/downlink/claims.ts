/**
 * Which command of an id is being worked on: its duplicates wait for it (contract §6). Only a command whose
 * turn it is claims its id, so nothing waits in a circle.
 */
import type { Delivery } from './delivery.js';
import type { OwnedPartition } from './owned-partition.js';

interface Claim {
  readonly owner: Delivery;
  waiting: Delivery[];
}

export class Claims {
  readonly #claims = new Map<string, Claim>();

  /** @returns false: another one has the id; this one waits until that one is finished. */
  claim(id: string, delivery: Delivery): boolean {
    const claim = this.#claims.get(id);
    if (claim === undefined) {
      this.#claims.set(id, { owner: delivery, waiting: [] });
      return true;
    }
    if (claim.owner === delivery) return true;
    claim.waiting.push(delivery);
    return false;
  }

  /** It is finished. @returns those that waited for it, in order. */
  release(delivery: Delivery): readonly Delivery[] {
    const { id } = delivery;
    const claim = id === null ? undefined : this.#claims.get(id);
    if (id === null || claim?.owner !== delivery) return [];
    this.#claims.delete(id);
    return claim.waiting;
  }

  /** The partition is gone. @returns those of other partitions that waited for one of its commands. */
  drop(partition: OwnedPartition): readonly Delivery[] {
    const freed: Delivery[] = [];
    for (const [id, claim] of this.#claims) {
      claim.waiting = claim.waiting.filter((each) => each.partition !== partition);
      if (claim.owner.partition !== partition) continue;
      this.#claims.delete(id);
      freed.push(...claim.waiting);
    }
    return freed;
  }
}
