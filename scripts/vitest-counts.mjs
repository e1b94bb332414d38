// @ts-check
/**
 * Vitest reporter whose last line is the plain `N passed, N failed, N skipped` that build servers count.
 * What is no test but still a failure (a file that does not load, an unhandled rejection) counts as failed.
 */
export default class CountsReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) countModule(module, counts);
    // The default reporter prints its summary at the same moment: leave, and only then close the output.
    process.once('exit', () => {
      console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    });
  }
}

/**
 * @param {import('vitest/node').TestModule} module
 * @param {{ passed: number, failed: number, skipped: number }} counts
 */
function countModule(module, counts) {
  let failedTests = 0;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'failed') failedTests += 1;
    else counts[state === 'passed' ? 'passed' : 'skipped'] += 1;
  }
  const failedOutsideTests = module.state() === 'failed' && failedTests === 0;
  counts.failed += failedOutsideTests ? 1 : failedTests;
}
