// @ts-check
// npm run bench:startup [-- --rounds N]: what importing the package costs, from the packed tarball in an empty project, and
// how large it is. Every measurement is a process of its own; the variants take turns.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildIfStale } from '../scripts/lib/build.mjs';
import { readCommandLine } from '../scripts/lib/command-line.mjs';
import { NATIVE_CLIENT, installInto, packTarball } from '../scripts/lib/packed.mjs';
import { restoreAddon } from '../scripts/setup/native-cache.mjs';

const run = promisify(execFile);

const CONFIG = `{
  app: { id: 1 },
  connection: { bootstrapServers: '127.0.0.1:9' },
  uplink: { telemetry: { enabled: true } },
  downlink: { writePoint: { enabled: true, topic: 'plant.write' } },
}`;
/** What each process does. */
const VARIANTS = {
  'node alone': '0',
  'the bare client': `await import('@confluentinc/kafka-javascript')`,
  'ng-kafka-northward': `await import('ng-kafka-northward')`,
  'ng-kafka-northward/testing': `await import('ng-kafka-northward/testing')`,
  'createKafkaNorthward()': `(await import('ng-kafka-northward')).createKafkaNorthward(${CONFIG})`,
  'createMemoryNorthward()': `(await import('ng-kafka-northward/testing')).createMemoryNorthward()`,
  'both, with the client': `(await import('ng-kafka-northward')).createKafkaNorthward(${CONFIG}); await import('@confluentinc/kafka-javascript')`,
};

const { values } = readCommandLine({
  command: 'npm run bench:startup',
  about: 'Measures what importing the package costs, from the packed tarball in an empty project.',
  options: { rounds: { type: 'string', value: 'N', default: '15', help: 'measurements of each variant' } },
});
if (!(await buildIfStale())) process.exit(1);
const folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-northward-startup-'));
try {
  const packed = await packTarball(folder);
  const project = path.join(folder, 'project');
  await installInto(project, packed.tarball);
  if (!(await restoreAddon(path.join(project, NATIVE_CLIENT)))) throw new Error('run "npm run setup" first');
  console.log(
    `tarball ${kib(packed.packedBytes)}, unpacked ${kib(packed.unpackedBytes)}, ${packed.files.length} files\n`,
  );
  console.table(summary(await measure(project, Number(values.rounds))));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @typedef {{ wallMs: number, cpuMs: number }} Sample */

/**
 * @param {string} project
 * @param {number} rounds
 */
async function measure(project, rounds) {
  /** @type {Map<string, Sample[]>} */
  const samples = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, code] of Object.entries(VARIANTS)) {
      const list = samples.get(name) ?? [];
      list.push(await once(project, code));
      samples.set(name, list);
    }
  }
  return samples;
}

/**
 * @param {string} project
 * @param {string} code
 * @returns {Promise<Sample>}
 */
async function once(project, code) {
  const told = `const { user, system } = process.cpuUsage(); console.log(user + system);`;
  const from = performance.now();
  const args = ['--input-type=module', '-e', `${code};\n${told}\nprocess.exit(0);`];
  const { stdout } = await run(process.execPath, args, { cwd: project });
  return { wallMs: performance.now() - from, cpuMs: Number(stdout) / 1000 };
}

/** @param {Map<string, Sample[]>} samples */
function summary(samples) {
  const wall = (/** @type {string} */ name) => median(samples.get(name)?.map(({ wallMs }) => wallMs) ?? []);
  const cpu = (/** @type {string} */ name) => median(samples.get(name)?.map(({ cpuMs }) => cpuMs) ?? []);
  const rows = Object.keys(VARIANTS).map((name) => [
    name,
    {
      'ms, whole process': wall(name).toFixed(0),
      'CPU ms': cpu(name).toFixed(0),
      'CPU ms above node alone': (cpu(name) - cpu('node alone')).toFixed(0),
      'CPU, times node alone': (cpu(name) / cpu('node alone')).toFixed(2),
      'CPU, times the bare client': (cpu(name) / cpu('the bare client')).toFixed(2),
    },
  ]);
  return Object.fromEntries(rows);
}

/** @param {readonly number[]} numbers */
function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** @param {number} bytes */
function kib(bytes) {
  return `${Math.round(bytes / 1024)} KiB`;
}
