// @ts-check
const started = performance.now();

/** A set-up step that could not be done, and what a person can do about it. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} byHand What to do by hand
   */
  constructor(message, byHand) {
    super(message);
    this.byHand = byHand;
  }
}

/**
 * One line of progress, with the seconds since the start.
 * @param {string} text
 */
export function report(text) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
  console.log(`[${seconds} s] ${text}`);
}

/**
 * Ends the process with 1 where the set-up was not done, and says so; throws everything else on.
 * @param {unknown} error
 * @returns {never}
 */
export function endForSetup(error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`${error.message}. ${error.byHand}`);
  process.exit(1);
}
