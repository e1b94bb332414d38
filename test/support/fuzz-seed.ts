/** Property-based tests try the same values each time, so that a failure is a change's own; `FUZZ_SEED` tries others. */
import fc from 'fast-check';

const { FUZZ_RUNS, FUZZ_SEED } = process.env;
if (FUZZ_SEED !== undefined) fc.configureGlobal({ seed: Number(FUZZ_SEED) });
else if (FUZZ_RUNS === undefined) fc.configureGlobal({ seed: 20_261_124 });
