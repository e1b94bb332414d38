import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildIfStale, compile } from '../../../scripts/lib/build.mjs';
import { projectRoot } from '../../../scripts/lib/project.mjs';

it('§6: examples/write-point-gateway.ts executes, answers and dead-letters what its platform sends', async () => {
  expect((await buildIfStale()) && (await compile('tsconfig.examples.json'))).toBe(true);
  const file = path.join(projectRoot, '.tmp/examples/write-point-gateway.js');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
  expect(stderr).toBe('');
  for (const id of ['w-1', 'w-2', 'w-4']) expect(stdout).toContain(`executed ${id}\n`);
  expect(stdout).toContain('is no command: plant.write: write_point: timestamp: expected an RFC 3339 time');
  expect(stdout).toContain('{ success: 3, deadLettered: 1, responses: 3 }');
});
