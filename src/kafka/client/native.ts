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
  const showsStack: unknown = Reflect.get(Error, 'prepareStackTrace');
  loading ??= import('@confluentinc/kafka-javascript').then((module) => module.RdKafka);
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    // In a bundle, `bindings` fails in the middle of its own look at the stack, and leaves that behind: no stack of the process could be read any more.
    if (isOutOfPlace(cause)) Reflect.set(Error, 'prepareStackTrace', showsStack);
    throw notLoaded(cause);
  }
}

/** With all that Node says of the reason, but not with the lists of places where it looked. */
export function notLoaded(cause: unknown): ConnectionError {
  const words = cause instanceof Error ? cause.message : String(cause);
  const [reason = ''] = words.replaceAll(/\s*\n\s*/g, ' ').split(/ ?(?:Tried:|Require stack:)/);
  const message = `The native client @confluentinc/kafka-javascript could not be loaded: ${reason}`;
  const hint = isSwallowed(cause) ? BUNDLED : undefined;
  return new ConnectionError('NATIVE_MODULE_UNAVAILABLE', message, { cause, hint });
}

const BUNDLED =
  'A bundler has put the native client into the bundle, where its compiled part is not found. Mark @confluentinc/kafka-javascript as external, and install it beside the bundle: docs/bundling.md shows how.';

/** What only code in a bundle says: a module of CommonJS that runs as one of another sort. */
const OUT_OF_PLACE = /^Dynamic require of |\b(?:require|module|__filename|__dirname) is not defined\b/;
/** The package, or the one by which it looks for its addon, in a path: a bundle has the code of both without these. */
const OF_CLIENT = /[\\/]kafka-javascript[\\/]|[\\/]node_modules[\\/]bindings[\\/]/;

function isOutOfPlace(cause: unknown): boolean {
  return cause instanceof Error && OUT_OF_PLACE.test(cause.message);
}

/** Whether a bundler took the client in: then `npm rebuild` cannot help. */
function isSwallowed(cause: unknown): boolean {
  if (!(cause instanceof Error) || isMissing(cause)) return false;
  if (isOutOfPlace(cause)) return true;
  // Where the addon was looked for: known even where a source map shows other files in the stack.
  const tries: unknown = 'tries' in cause ? cause.tries : undefined;
  const places = Array.isArray(tries) ? tries.join('\n') : placesOf(cause);
  return places !== '' && !OF_CLIENT.test(places);
}

/** The files of its stack. The names of functions in a bundle may look like files as well. */
function placesOf(cause: Error): string {
  const frames = (cause.stack ?? '').replace(cause.message, '').matchAll(/^ +at (?:.*\((.*)\)|(.*))$/gm);
  return [...frames].map(([, inside, bare]) => inside ?? bare).join('\n');
}

/** It is looked for outside of the bundle, and is not there. */
function isMissing(cause: Error): boolean {
  const code: unknown = 'code' in cause ? cause.code : undefined;
  return (
    code === 'ERR_MODULE_NOT_FOUND' ||
    code === 'MODULE_NOT_FOUND' ||
    /^Cannot find (?:package|module) /.test(cause.message)
  );
}
