import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildIfStale, compile } from '../../scripts/lib/build.mjs';
import { projectRoot } from '../../scripts/lib/project.mjs';

/** What each example says when it has done its work, line by line. One without an entry fails the test. */
const SAYS: Readonly<Record<string, readonly RegExp[]>> = {
  'quick-start.ts': [
    /^\{\s+status: 'delivered',\s+topic: 'plant\.telemetry',\s+partition: \d+,\s+offset: 0,/,
    /flushed: 0,\s+undelivered: 0,\s+unfinishedCommands: 0,\s+timedOut: false,/,
  ],
  'write-point-gateway.ts': [
    /is no command: plant\.write: write_point: timestamp: expected an RFC 3339 time/,
    /executed w-1\nexecuted w-2\nexecuted w-4\n/,
    /\{ success: 3, deadLettered: 1, responses: 3 \}\n$/,
  ],
};

/** An example that does not end by itself is killed, which fails the test. */
const LONGEST_RUN_MS = 60_000;

const examples = (await readdir(path.join(projectRoot, 'examples'))).filter((name) => name.endsWith('.ts'));

describe('examples', () => {
  beforeAll(async () => {
    // As a host sees it: they import the built package by its name, and run as programs of their own.
    expect((await buildIfStale()) && (await compile('tsconfig.examples.json'))).toBe(true);
  });

  it('each has its expected words here', () => {
    expect(examples.toSorted()).toEqual(Object.keys(SAYS).toSorted());
  });

  it.each(examples)(
    'given %s, when it is run, then it does what it says and ends by itself',
    async (name) => {
      const program = path.join(projectRoot, '.tmp/examples', name.replace(/\.ts$/, '.js'));
      // Rejects when the exit code is not 0, and when it has to be killed.
      const run = promisify(execFile)(process.execPath, [program], { timeout: LONGEST_RUN_MS });
      const { stdout, stderr } = await run;
      for (const words of SAYS[name] ?? []) expect(stdout).toMatch(words);
      expect(stderr).toBe('');
    },
  );
});
