/** Answers of the admin API in the words of the port. */
import { isError } from '../../api/reason.js';
import { answerCode } from '../port/codes.js';
import type { Operation, ProbeFailure } from '../port/probe-port.js';

/** What the client gives as an error of one topic or group. */
export interface NativeFailure {
  readonly code?: number;
  readonly message?: string;
}

/** With what a broker refused a question to the admin API; `null`: it did not answer. */
export function refusalIn(error: unknown): NativeFailure | null {
  const cause = isError(error) ? (error.cause as NativeFailure | undefined) : undefined;
  return typeof cause?.code === 'number' && cause.code > 0 ? cause : null;
}

export function failureOf({ code = -1, message = '' }: NativeFailure): ProbeFailure {
  return { code: answerCode(code), message: `${message} (librdkafka ${code})` };
}

/** By the numbers of Kafka's ACLs. */
const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [3, 'READ'],
  [4, 'WRITE'],
  [5, 'CREATE'],
  [8, 'DESCRIBE'],
]);

export function operationsOf(numbers: readonly number[] | undefined): ReadonlySet<Operation> | null {
  return numbers === undefined ? null : new Set(numbers.map((each) => OPERATIONS.get(each) ?? 'OTHER'));
}
