/**
 * Hears when librdkafka begins a new epoch. It does that by itself where the sequence numbers of any partition have a gap: a record
 * of it ended with an error, or a request failed while the next one was on its way. What it sends again then has new numbers, so
 * that brokers do not recognise what they have stored already (librdkafka #4953). Neither a report nor an event tells of it, only a
 * line of its debug log does.
 */
import type { ProducerListener } from '../port/ports.js';
import { DEBUG_SEVERITY, type LogLine, type NativeProperties } from './native-client.js';

/** The part of the debug log that has these lines. They are few: some for each partition, when its leader is new or it has trouble. */
const CONTEXT = 'eos';
/** Of syslog, as `log_level`: what is logged without `debug`. */
const USUAL_LEVEL = 6;

/** From here on nothing is sent to the partition until each request to it has its answer; those that failed then go again. */
const RETRY = /([\w.-]+) \[\d+\] beginning partition drain: /;
const NEW_EPOCH = /all partitions drained/i;

/** The properties, with these lines logged. */
export function withEpochLines(properties: NativeProperties): NativeProperties {
  if (properties['enable.idempotence'] !== true) return properties;
  const { debug } = properties;
  return { ...properties, debug: isSet(debug) ? `${String(debug)},${CONTEXT}` : CONTEXT };
}

/**
 * Reads the lines of a client with `withEpochLines()`.
 * @param properties as they were before
 * @returns whether a line is of no use to others, who did not ask for it
 */
export function epochLines(
  properties: NativeProperties,
  listener: Pick<ProducerListener, 'onRetry' | 'onNewEpoch'>,
): (line: LogLine) => boolean {
  const most = isSet(properties['debug']) ? DEBUG_SEVERITY : Number(properties['log_level'] ?? USUAL_LEVEL);
  return ({ severity, fac, message }) => {
    if (fac !== 'DRAIN') return severity > most;
    const topic = RETRY.exec(message)?.[1];
    if (topic !== undefined) listener.onRetry(topic);
    else if (NEW_EPOCH.test(message)) listener.onNewEpoch();
    // The others are rare, and say why there is a new epoch.
    return severity > most && topic !== undefined;
  };
}

function isSet(value: string | number | boolean | undefined): boolean {
  return value !== undefined && value !== '';
}
