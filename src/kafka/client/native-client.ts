/** What the native producer and consumer have in common. The traps avoided here are told in docs/design.md. */
import { ConnectionError } from '../../api/errors.js';
import { causeOfLine, fatalReason, refusalOf, withoutPlace } from '../watch/causes.js';
import { clockSteps } from './clock-steps.js';
import type { Native } from './native.js';
import { nativeWaits } from './native-waits.js';
import type { ClientListener, ClusterInfo } from '../port/ports.js';

export type NativeProperties = Readonly<Record<string, string | number | boolean>>;

export type NativeProducer = InstanceType<Native['Producer']>;
export type NativeConsumer = InstanceType<Native['KafkaConsumer']>;
type NativeClient = NativeProducer | NativeConsumer;
type Metadata = Parameters<Parameters<NativeProducer['getMetadata']>[1] & {}>[1];

/**
 * Builds a client.
 * @throws ConnectionError `CLIENT_FAILED` or `TLS_FAILED` when librdkafka refuses the properties.
 */
export function buildClient<C extends NativeClient>(properties: NativeProperties, build: () => C): C {
  refuseNul(properties);
  try {
    return build();
  } catch (cause) {
    throw refusedProperties(cause);
  }
}

/** The client ends a value at NUL, without a word: another password, another group. */
export function refuseNul(properties: NativeProperties): void {
  const name = Object.keys(properties).find((each) => `${each}${String(properties[each])}`.includes('\0'));
  if (name === undefined) return;
  const shown = name.replaceAll('\0', '\\0');
  const message = `The Kafka client could not be created: the value for ${shown} holds a NUL character, where the client would end it`;
  const hint = 'Take the NUL out of the setting, or of the variable or file that it is read from.';
  throw new ConnectionError('CLIENT_FAILED', message, { hint });
}

/** A line of the client's own log. */
export interface LogLine {
  /** Of syslog, 0–7. */
  readonly severity: number;
  readonly fac: string;
  readonly message: string;
}

/** Of syslog: what only a debug log has. A connection that the client gives up by itself is such a line. */
export const DEBUG_SEVERITY = 7;

/**
 * Forwards the client's events.
 * @param ownLines takes the lines that are not for the listener
 */
export function listen(
  client: NativeClient,
  listener: ClientListener,
  ownLines: (line: LogLine) => boolean = () => false,
): void {
  // Both clients have the same emitter; their types do not say so.
  const emitter = client as NativeProducer;
  emitter.on('event.log', (line: LogLine) => {
    if (ownLines(line)) return;
    listener.onLog(line.severity, line.fac, line.message);
    if (line.severity >= DEBUG_SEVERITY) return;
    if (line.fac === 'FAIL' || line.fac === 'ERROR' || line.fac === 'OIDC')
      listener.onCause(causeOfLine(withoutPlace(line.message)));
    // The event that comes with it does not say what is fatal.
    else if (line.fac === 'FATAL') listener.onFatal(fatalReason(line.message));
  });
  emitter.on('event.error', (error) => {
    // The code is always -1 here: the text is all that tells these apart.
    if (/fatal error/i.test(error.message)) listener.onFatal(error.message);
    else if (/all broker connections are down/i.test(error.message)) listener.onAllBrokersDown();
    else listener.onLog(5, 'EVENT', error.message);
  });
}

/**
 * `connect()` asks for metadata and destroys the client when no broker answers. Answering that question
 * here makes it a local step: librdkafka connects by itself, whenever a broker is there.
 */
export async function connectLocally(native: NativeClient): Promise<void> {
  const client = native as NativeProducer;
  client.getMetadata = (_options, callback) => {
    callback?.(null as never, {} as never);
    return client;
  };
  try {
    await nativeWaits.run(
      () =>
        new Promise<void>((resolve, reject) => {
          client.connect({}, (error) => {
            if (error) reject(refusedProperties(error));
            else resolve();
          });
        }),
    );
  } finally {
    Reflect.deleteProperty(client, 'getMetadata');
  }
}

function refusedProperties(cause: unknown): ConnectionError {
  const reason = withoutPlace(cause instanceof Error ? cause.message : String(cause));
  const { code, hint } = refusalOf(reason);
  return new ConnectionError(code, `The Kafka client could not be created: ${reason}`, { cause, hint });
}

/** Asks the client once, which answers by `done`: without an error there is a result. */
export type Ask<T> = (timeoutMs: number, done: (error: unknown, result: T | undefined) => void) => void;

/** Asks a broker. Rejects with a `ConnectionError` when none answers in time, or the client is closing. */
export function askMetadata(
  native: NativeClient,
  timeoutMs: number,
  topic: string | undefined,
  closing: () => boolean,
  open = new OpenQuestions(),
): Promise<ClusterInfo> {
  const client = native as NativeProducer;
  const options = { allTopics: false, ...(topic === undefined ? {} : { topic }) };
  const failure = `No broker answered within ${timeoutMs} ms`;
  const ask: Ask<Metadata> = (ms, done) => {
    client.getMetadata({ ...options, timeout: ms }, (error, metadata) => {
      done(error, error ? undefined : metadata);
    });
  };
  const asked = askNative<Metadata>(failure, timeoutMs, closing, open.counted(ask));
  // Not in the callback: what is thrown there ends the process.
  return asked.then(clusterInfo);
}

/**
 * A question to the brokers that ends with a callback; it takes its turn among the process's native waits.
 * Rejects with a `ConnectionError` of the text `failure`.
 *
 * @param urgent before all that wait: no broker is needed for it
 */
export async function askNative<T>(
  failure: string,
  timeoutMs: number,
  closing: () => boolean,
  ask: Ask<T>,
  urgent = false,
): Promise<T> {
  let cause: unknown;
  for (const ms of nativeWaits.tries(timeoutMs)) {
    const from = performance.now();
    const { result, error } = await nativeWaits.run(() => askOnce(ms, closing, ask), urgent);
    if (result !== undefined) return result;
    cause = error;
    // An error that came early is an answer.
    if (error instanceof ConnectionError || performance.now() - from < ms / 2) break;
  }
  if (cause instanceof ConnectionError) throw cause;
  throw new ConnectionError('REQUEST_TIMEOUT', failure, { cause });
}

/** One try of a question. Never rejects. */
export function askOnce<T>(
  timeoutMs: number,
  closing: () => boolean,
  ask: Ask<T>,
): Promise<{ readonly result: T | undefined; readonly error: unknown }> {
  return new Promise((resolve) => {
    if (closing()) {
      resolve({
        result: undefined,
        error: new ConnectionError('REQUEST_TIMEOUT', 'The Kafka client is closing'),
      });
      return;
    }
    try {
      ask(timeoutMs, (error, result) => {
        resolve({ result, error });
      });
    } catch (error) {
      resolve({ result: undefined, error });
    }
  });
}

function clusterInfo(metadata: Metadata): ClusterInfo {
  return {
    answeredBy: metadata.orig_broker_id,
    brokers: metadata.brokers.map((broker) => `${broker.host}:${broker.port}`),
    topics: new Map(metadata.topics.map((topic) => [topic.name, topic.partitions.length])),
    leaderless: new Set(
      metadata.topics
        .filter(({ partitions }) => partitions.some(({ leader }) => leader < 0))
        .map(({ name }) => name),
    ),
  };
}

/**
 * Wakes the threads of a client, whatever they wait for: that is what librdkafka does when it is given credentials, also the same
 * ones, and also where it needs none. Never while it disconnects: the call would wait for the end of that, on the event loop.
 */
export function wakeThreads(native: NativeClient, properties: NativeProperties): void {
  const [username, password] = ['sasl.username', 'sasl.password'].map((name) => properties[name] ?? '');
  try {
    (native as NativeProducer).setSaslCredentials(String(username), String(password));
  } catch {
    // It is not connected, so nothing of it waits.
  }
}

/**
 * Wakes them when the clock was set back.
 * @returns ends it: call it right before it disconnects
 */
export function keepAwake(native: NativeClient, properties: NativeProperties): () => void {
  return clockSteps.watch(() => {
    wakeThreads(native, properties);
  });
}

/** Counts the questions that a client has not answered yet. */
export class OpenQuestions {
  #open = 0;
  #whenQuiet: (() => void) | undefined;

  /** The same question, counted from when it is asked until its answer. */
  counted<T>(ask: Ask<T>): Ask<T> {
    return (timeoutMs, done) => {
      this.#open += 1;
      const answered = (error: unknown, result: T | undefined): void => {
        this.#open -= 1;
        if (this.#open === 0) this.#whenQuiet?.();
        done(error, result);
      };
      try {
        ask(timeoutMs, answered);
      } catch (error) {
        // What it cannot even ask: who waits for quiet would wait for ever.
        answered(error, undefined);
      }
    };
  }

  /** Resolves when none is open. Call it once, when no further one is asked. */
  async quiet(): Promise<void> {
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenQuiet = resolve;
    });
  }
}
