/** Loads the native client, lazily: creating and previewing work where it is missing (contract §7). */
import { isMainThread } from 'node:worker_threads';
import { ConnectionError, LifecycleError } from '../../api/errors.js';

export type Native = typeof import('@confluentinc/kafka-javascript').RdKafka;

let loading: Promise<Native> | undefined;

/**
 * @throws LifecycleError `WORKER_THREAD`: the addon aborts the process in worker threads.
 * @throws ConnectionError `NATIVE_MODULE_UNAVAILABLE`: not installed, or built for another platform.
 */
export async function loadNative(): Promise<Native> {
  if (!isMainThread) {
    throw new LifecycleError('WORKER_THREAD', 'The Kafka client cannot run in a worker thread');
  }
  loading ??= import('@confluentinc/kafka-javascript').then((module) => module.RdKafka);
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    throw notLoaded(cause);
  }
}

/** With all that Node says of the reason, but not with the lists of places where it looked. */
export function notLoaded(cause: unknown): ConnectionError {
  const words = cause instanceof Error ? cause.message : String(cause);
  const [reason = ''] = words.replaceAll(/\s*\n\s*/g, ' ').split(/ ?(?:Tried:|Require stack:)/);
  const message = `The native client @confluentinc/kafka-javascript could not be loaded: ${reason}`;
  return new ConnectionError('NATIVE_MODULE_UNAVAILABLE', message, { cause });
}
