import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../../scripts/lib/project.mjs';

const folder = path.join(projectRoot, 'examples/testing');
const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /(^|\/)gateway\.test\.c?js$/.test(name),
);

test('examples/testing has the same test for each runner', () => {
  const runners = tests.map((name) => path.dirname(name));
  expect(runners.toSorted()).toEqual(['jest', 'jest-require', 'node-test', 'vitest']);
});

test.each(tests)('examples/testing/%s is under 15 lines of code', (name) => {
  const lines = readFileSync(path.join(folder, name), 'utf8').split('\n');
  expect(lines.filter((line) => line.trim() !== '').length).toBeLessThan(15);
});
