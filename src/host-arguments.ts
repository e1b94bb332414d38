/** What the host hands over with a call: read without trust, as it may be anything. */
import type { CommandsOptions } from './api/commands.js';
import type { DiagnoseOptions } from './api/diagnosis.js';
import type { PublishOptions } from './api/uplink.js';
import { describeValue } from './config/describe.js';
import { nearest } from './config/describe.js';
import { readOptions } from './config/parse.js';
import { NorthwardError } from './api/errors.js';
import { EVENT_NAMES } from './core/emitter.js';
import { type EventName, type Listener } from './api/events.js';

/** What the host gave where it is a time; NaN and the like are none. */
export function timeoutOf(options: { readonly timeoutMs?: number } | null, otherwise: number): number {
  try {
    const ms: unknown = options?.timeoutMs;
    return typeof ms === 'number' && !Number.isNaN(ms) ? Math.max(0, ms) : otherwise;
  } catch {
    return otherwise;
  }
}

/** @throws NorthwardError `ARGUMENT_INVALID`, which names the option. */
export function readCommandsOptions(given: unknown): CommandsOptions {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null) throw invalid('commands()', 'options', 'an object', given);
  const signal = option(given, 'signal', 'commands()');
  const manualAck = option(given, 'manualAck', 'commands()');
  if (signal !== undefined && !isSignal(signal)) {
    throw invalid('commands()', 'options.signal', 'an AbortSignal', signal);
  }
  if (manualAck !== undefined && typeof manualAck !== 'boolean') {
    throw invalid('commands()', 'options.manualAck', 'true or false', manualAck);
  }
  return { signal, manualAck };
}

/** Bounds of `timeoutMs` of a diagnosis. */
const SHORTEST_STEP_MS = 100;
const LONGEST_STEP_MS = 300_000;

/** @throws NorthwardError `ARGUMENT_INVALID`, which names the option; `ConfigError` where one cannot even be read. */
export function readDiagnoseOptions(given: unknown): DiagnoseOptions {
  if (given === undefined || given === null) return {};
  const refuse = (field: string, expected: string, found: unknown): NorthwardError =>
    invalid('diagnose()', field, expected, found);
  if (typeof given !== 'object') throw refuse('options', 'an object', given);
  const side = option(given, 'side', 'diagnose()');
  const canary = option(given, 'canary', 'diagnose()');
  const timeoutMs = option(given, 'timeoutMs', 'diagnose()');
  const signal = option(given, 'signal', 'diagnose()');
  if (side !== undefined && side !== 'uplink' && side !== 'downlink')
    throw refuse('options.side', '"uplink" or "downlink"', side);
  if (canary !== undefined && (typeof canary !== 'string' || canary === ''))
    throw refuse('options.canary', 'the name of a topic', canary);
  const inTime =
    typeof timeoutMs === 'number' && timeoutMs >= SHORTEST_STEP_MS && timeoutMs <= LONGEST_STEP_MS;
  if (timeoutMs !== undefined && !inTime)
    throw refuse('options.timeoutMs', `a number from ${SHORTEST_STEP_MS} to ${LONGEST_STEP_MS}`, timeoutMs);
  if (signal !== undefined && !isSignal(signal)) throw refuse('options.signal', 'an AbortSignal', signal);
  const { app, retryPolicy, unknownKeys } = readOptions(given);
  return { side, canary, timeoutMs: timeoutMs as number | undefined, signal, app, retryPolicy, unknownKeys };
}

/** Whether a publish asks for `until: 'stored'`. @throws NorthwardError `ARGUMENT_INVALID`, which names the option. */
export function readUntilStored(given: PublishOptions | null | undefined): boolean {
  if (given === undefined) return false;
  if (typeof given !== 'object' || given === null) throw invalid('publishing', 'options', 'an object', given);
  let until: unknown;
  try {
    ({ until } = given);
  } catch {
    throw new NorthwardError('ARGUMENT_INVALID', 'publishing: options.until: a getter that throws');
  }
  if (until !== undefined && until !== 'delivered' && until !== 'stored') {
    throw invalid('publishing', 'options.until', '"delivered" or "stored"', until);
  }
  return until === 'stored';
}

/** @throws NorthwardError `ARGUMENT_INVALID`, with the nearest name of an event. */
export function readListener<E extends EventName>(
  call: string,
  event: E,
  listener: Listener<E>,
): Listener<E> {
  if (typeof event !== 'string' || !EVENT_NAMES.includes(event)) {
    const near = typeof event === 'string' ? nearest(event, EVENT_NAMES) : undefined;
    const meant = near === undefined ? EVENT_NAMES.join(', ') : `"${near}"`;
    throw invalid(call, 'event', near === undefined ? `one of ${meant}` : meant, event);
  }
  if (typeof listener !== 'function') throw invalid(call, 'listener', 'a function', listener);
  return listener;
}

/** @throws NorthwardError `ARGUMENT_INVALID` */
export function assertPlace(call: string, topic: unknown, partition: unknown, offset: unknown): void {
  if (typeof topic !== 'string') throw invalid(call, 'topic', 'a text', topic);
  if (typeof partition !== 'number') throw invalid(call, 'partition', 'a number', partition);
  if (typeof offset !== 'number') throw invalid(call, 'offset', 'a number', offset);
}

function option(given: object, name: keyof CommandsOptions | keyof DiagnoseOptions, call: string): unknown {
  try {
    return (given as Readonly<Record<string, unknown>>)[name];
  } catch {
    throw new NorthwardError('ARGUMENT_INVALID', `${call}: options.${name}: a getter that throws`);
  }
}

/** One of another realm (a test runner's) is one, too. */
function isSignal(value: unknown): value is AbortSignal {
  try {
    const signal = value as Readonly<Record<string, unknown>>;
    const methods = [signal['addEventListener'], signal['removeEventListener']];
    return typeof signal['aborted'] === 'boolean' && methods.every((each) => typeof each === 'function');
  } catch {
    return false;
  }
}

function invalid(call: string, field: string, expected: string, found: unknown): NorthwardError {
  return new NorthwardError(
    'ARGUMENT_INVALID',
    `${call}: ${field}: expected ${expected}, found ${describeValue(found)}`,
  );
}
