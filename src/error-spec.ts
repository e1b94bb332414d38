/** One row of the table of errors. */
export interface ErrorSpec {
  /** Whether trying the same call again later can succeed without a person's doing. */
  readonly retryable: boolean;
  /** What it means, for docs/errors.md. */
  readonly meaning: string;
  /** What an operator can do. */
  readonly hint: string;
}

/** Makes one row. */
export function spec(retryable: boolean, meaning: string, hint: string): ErrorSpec {
  return { retryable, meaning, hint };
}
