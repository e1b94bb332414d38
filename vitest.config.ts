import { defineConfig } from 'vitest/config';

/** The native addon fails in worker threads, so every test file gets a process of its own (`forks`). */
export default defineConfig({
  resolve: {
    // Examples import by package name, as a host does.
    alias: {
      'ng-kafka-northward/testing': new URL('src/testing/index.ts', import.meta.url).pathname,
      'ng-kafka-northward': new URL('src/index.ts', import.meta.url).pathname,
    },
  },
  test: {
    pool: 'forks',
    setupFiles: ['./test/support/fuzz-seed.ts'],
    reporters: ['default', './scripts/vitest-counts.mjs'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,contract,types,package}/**/*.test.ts', 'examples/testing/how-to/*.test.ts'],
          maxWorkers: 2,
          // No test is about speed: a busy machine may take its time.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Brokers are expensive and tests kill them: one file after another.
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'examples/testing/broker/*.test.ts'],
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
