import { PublishError } from '../../api/errors.js';
import type { ErrorCode } from '../../api/errors.js';
import { RuleFailure } from '../../language/jmespath/mapped-object.js';
import type { MappedKind } from '../../api/kinds.js';
import { cut, isError, reasonOf } from '../../api/reason.js';
import { FieldError } from './check.js';

/** What a message shows of a name. */
const LONGEST_NAME = 100;

/** Why a record cannot be made of an event; the mapper adds what the event is. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
  readonly code: ErrorCode;
  readonly topic: string | undefined;

  constructor(code: ErrorCode, message: string, topic?: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.topic = topic;
  }
}

/** The error that the caller of publish gets: it names kind, device and reason. */
export function toPublishError(cause: unknown, kind: MappedKind, data: unknown): PublishError {
  const { deviceId, deviceName } = deviceOf(data);
  const { code, reason, topic } = explain(cause);
  const about = deviceId === undefined ? '' : ` of device ${cut(String(deviceId), LONGEST_NAME)}`;
  const named = deviceName === undefined ? '' : ` (${cut(deviceName, LONGEST_NAME)})`;
  const message = `${kind}${about}${named}: ${reason}`;
  return new PublishError(code, message, { kind, deviceId, deviceName, topic, cause });
}

function explain(cause: unknown): { code: ErrorCode; reason: string; topic?: string | undefined } {
  if (!isError(cause)) return unreadable(cause);
  if (cause instanceof Refusal) return { code: cause.code, reason: cause.message, topic: cause.topic };
  if (cause instanceof FieldError) return { code: 'EVENT_INVALID', reason: cause.message };
  if (cause instanceof RuleFailure) return { code: 'EXPRESSION_FAILED', reason: cause.message };
  return unreadable(cause);
}

interface Device {
  readonly deviceId: string | number | undefined;
  readonly deviceName: string | undefined;
}

function unreadable(cause: unknown): { code: ErrorCode; reason: string } {
  return { code: 'EVENT_INVALID', reason: `the data cannot be read: ${reasonOf(cause)}` };
}

/** As far as the data, which may be wrong in any way, tells. */
export function deviceOf(data: unknown): Device {
  try {
    const { deviceId, deviceName } = data as Readonly<Record<string, unknown>>;
    const known = typeof deviceId === 'string' || typeof deviceId === 'number';
    return {
      deviceId: known ? deviceId : undefined,
      deviceName: typeof deviceName === 'string' && deviceName !== '' ? deviceName : undefined,
    };
  } catch {
    return { deviceId: undefined, deviceName: undefined };
  }
}
