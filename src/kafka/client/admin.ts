/** The client's admin API, on a client that is there: questions to brokers beyond what it asks for itself. */
import { ConnectionError } from '../../api/errors.js';
import type { Native } from './native.js';
import {
  askNative,
  askOnce,
  OpenQuestions,
  type Ask,
  type NativeConsumer,
  type NativeProducer,
} from './native-client.js';
import { nativeWaits } from './native-waits.js';

export type NativeAdmin = ReturnType<Native['AdminClient']['createFrom']>;

/** As the client calls back. */
type Done<T> = (error: unknown, answer: T) => void;

type Question<T> = (admin: NativeAdmin, timeoutMs: number, done: Done<T>) => void;

export class AdminQuestions {
  readonly #admin: NativeAdmin;
  readonly #open = new OpenQuestions();

  /**
   * Before the first `consume()`, or before it is polled in the background: the admin client copies the lock of the other client, and
   * would wait forever for a call that held it at that moment.
   */
  constructor(native: Native, client: NativeProducer | NativeConsumer) {
    this.#admin = native.AdminClient.createFrom(client);
  }

  /** Rejects with a `ConnectionError` of the text `failure`, whose cause has the words of the client. */
  ask<T>(failure: string, timeoutMs: number, closing: () => boolean, question: Question<T>): Promise<T> {
    return askNative<T>(failure, timeoutMs, closing, this.#counted(question));
  }

  /** The same with this very time-out, also where waits are made of short ones. */
  async askOnce<T>(
    failure: string,
    timeoutMs: number,
    closing: () => boolean,
    question: Question<T>,
  ): Promise<T> {
    const { result, error } = await nativeWaits.run(() =>
      askOnce(timeoutMs, closing, this.#counted(question)),
    );
    if (result !== undefined) return result;
    throw new ConnectionError('REQUEST_TIMEOUT', failure, { cause: error });
  }

  #counted<T>(question: Question<T>): Ask<T> {
    return this.#open.counted<T>((ms, done) => {
      question(this.#admin, ms, (error, answer) => {
        done(error, error ? undefined : answer);
      });
    });
  }

  /** The client must not be closed before: the admin client works on its memory. */
  quiet(): Promise<void> {
    return this.#open.quiet();
  }
}
