/** Gives each message its number, and by that its id. */
import { randomBytes } from 'node:crypto';
import { messageIdText, type Store } from '../../store/port.js';
import type { Pending } from '../delivery/pending.js';

export class MessageNames {
  readonly #store: Pick<Store, 'id' | 'life'>;
  /** What ids begin with as long as the store is not open: no two processes have the same. */
  readonly #start = `${randomBytes(6).toString('hex')}-0`;
  #last = 0;

  constructor(store: Pick<Store, 'id' | 'life'>) {
    this.#store = store;
  }

  /** Its id; that of the first, where it holds several events, and the next ones for the others. */
  name(pending: Pending): void {
    pending.number = this.#last + 1;
    this.#last += pending.events;
    pending.life = this.#store.life;
    if (pending.headers.messageIdAt === -1) return;
    const id = { life: pending.life, sequence: pending.number };
    // A client has it before the store knows of it: what is written down later keeps this name.
    if (id.life === 0) pending.headers = pending.headers.withIdStart(this.#start);
    pending.messageId = id.life === 0 ? `${this.#start}-${id.sequence}` : messageIdText(this.#store.id, id);
  }
}
