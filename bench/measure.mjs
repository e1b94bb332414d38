// A measurement in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Runs a worker; what it prints is the result.
 * @param {Readonly<Record<string, string | number | undefined>>} options those that are undefined are left out
 * @param {NodeJS.ProcessEnv} [env] added to the environment
 */
export async function measure(options, worker = 'worker.mjs', env = {}) {
  const args = Object.entries(options).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${key}`, String(value)],
  );
  const child = spawn(process.execPath, [here(worker), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the measurement of ${options.variant} failed`);
  return JSON.parse(output);
}

/** The value below which so large a share of the numbers lies; between two of them, in proportion. */
export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}

export const median = (numbers) => quantile(numbers, 0.5);

/** The median, with the lowest and the highest one. */
export function spread(numbers, digits) {
  const [low, middle, high] = [0, 0.5, 1].map((share) => quantile(numbers, share).toFixed(digits));
  return `${middle} (${low}..${high})`;
}
