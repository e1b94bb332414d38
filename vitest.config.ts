import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/vitest-longest-first.mjs';

/**
 * Files that mostly wait, and neither measure nor fail when their broker is slow: two of them at the same time, each with
 * brokers of its own. A new file runs alone until it is added here.
 */
const IN_PAIRS = [
  'chaos/oracle',
  'cli/docs',
  'cli/send-listen',
  'configuration-examples',
  'contract/*',
  'demo-group',
  'doctor/*',
  'downlink/console-producer',
  'downlink/failures',
  'downlink/partly',
  'examples',
  'kafka-script',
  'moving',
  'quick-start',
  'readme',
  'round-trip',
  'security/*',
  'store/damage',
  'store/mounts',
  'store/owners',
  'troubleshooting',
  'uplink/causes',
  'uplink/clock-set-back',
  'uplink/many-topics',
  'uplink/read-back',
  'uplink/reconfigure',
  'uplink/unordered',
].map((name) => `test/integration/${name}.test.ts`);

const integration = {
  globalSetup: './test/support/built.ts',
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

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
    sequence: { sequencer: LongestFirst },
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
        extends: true,
        test: {
          ...integration,
          name: 'integration-in-pairs',
          include: [...IN_PAIRS, 'examples/testing/broker/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Brokers are expensive and tests kill them: one file after another.
        extends: true,
        test: {
          ...integration,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...IN_PAIRS],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
