// @ts-check
import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from './project.mjs';

/** Test runners that only consumers use. Those that this project has come from its package.json. */
const RUNNERS = ['jest@30.5.2', '@babel/preset-env@7.29.14'];

/** Each example's folder, and how its tests are run; jest is started by its file, since node needs an option. */
const EXAMPLES = [
  ['node-test', '--test', 'testing/node-test/gateway.test.js'],
  ['vitest', 'node_modules/vitest/vitest.mjs', 'run', 'testing/vitest'],
  [
    'jest',
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '-c',
    'testing/jest/jest.config.json',
  ],
  ['jest-require', 'node_modules/jest/bin/jest.js', '-c', 'testing/jest-require/jest.config.json'],
];

/**
 * Runs examples/testing in a project that has the tarball installed. The native client's addon is not needed.
 * @param {string} project
 * @param {(what: string, command: string, args: readonly string[], cwd: string) => Promise<unknown>} must Runs a
 * command, and throws when it fails
 */
export async function testAsConsumer(project, must) {
  const { devDependencies } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'));
  const runners = [...RUNNERS, `vitest@${devDependencies.vitest}`];
  await cp(path.join(projectRoot, 'examples/testing'), path.join(project, 'testing'), { recursive: true });
  const quietly = ['--no-save', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await must('install test runners', 'npm', ['install', ...runners, ...quietly], project);
  for (const [name, ...args] of EXAMPLES) {
    await must(`examples/testing/${name}`, process.execPath, args, project);
  }
}
