/** The life of an object that a command works with: connected, told of faults, and stopped whatever happens. */
import type { KafkaNorthward } from '../api/northward.js';
import type { Invocation } from './command.js';
import type { LoadedConfig } from './load-config.js';
import { showError } from './problems.js';

export const DEFAULT_TIMEOUT_S = 30;
/** What is under way when a command ends has so long. */
const STOP_MS = 10_000;

/**
 * Connects, runs `work`, and stops.
 * @throws NorthwardError where no broker answers in `--timeout` seconds
 */
export async function whileConnected<T>(
  { arguments: given, output, stopping }: Invocation,
  northward: KafkaNorthward,
  { config }: LoadedConfig,
  work: () => Promise<T>,
): Promise<T> {
  const timeoutMs = (given.count('timeout') ?? DEFAULT_TIMEOUT_S) * 1_000;
  const servers = config.connection.bootstrapServers;
  let isUp = false;
  northward.on('error', (error) => {
    // Until then the last one is what `ready()` fails with.
    if (isUp) showError(output, error);
  });
  const stop = (): void => {
    if (!isUp) void northward.stop({ timeoutMs: 0 });
  };
  stopping.addEventListener('abort', stop, { once: true });
  try {
    await northward.start();
    await output.during(`Connecting to ${output.safe(servers)}`, northward.ready({ timeoutMs }));
    isUp = true;
    return await work();
  } finally {
    stopping.removeEventListener('abort', stop);
    await output.during('Closing', northward.stop({ timeoutMs: STOP_MS }));
  }
}
