/** What the test double itself complains about: that a test asks of it what cannot be. */
export type TestDoubleErrorCode =
  | 'ROUTE_OFF'
  | 'ROUTE_MAPPED'
  | 'TOPIC_UNREAD'
  | 'RECORD_SKIPPED'
  | 'FAULT_UNKNOWN'
  | 'NEVER_COMMITTED'
  | 'TIME_INVALID'
  | 'NOT_DRAINED';

/**
 * The test used the double in a way that cannot work, or `assertDrained()` found something. No `NorthwardError`,
 * so that a gateway that handles those does not swallow it.
 */
export class TestDoubleError extends Error {
  override readonly name: string = 'TestDoubleError';
  readonly code: TestDoubleErrorCode;
  /** What to do. */
  readonly hint: string;

  constructor(code: TestDoubleErrorCode, message: string, hint: string) {
    super(`${message}. ${hint}`);
    this.code = code;
    this.hint = hint;
  }
}
