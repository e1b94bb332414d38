/** What docs/troubleshooting.md shows is what these give: each makes one symptom, and tells what is seen of it. */
import { asConfig, createKafkaNorthward } from '../../../src/index.js';
import type { CreateOptions, KafkaNorthward, NorthwardError } from '../../../src/index.js';

export type Symptoms = Readonly<Record<string, () => string | Promise<string>>>;

/** An error as a host logs it, without what differs from run to run. */
export function told({ code, message, hint }: NorthwardError): string {
  const same = message
    // Later versions of Node tell the line as well.
    .replace(/ \(line \d+ column \d+\)/, '');
  return `${code}: ${same}\nhint: ${hint}`;
}

/** Runs what fails, and tells the error. */
export async function failure(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return told(error as NorthwardError);
  }
  throw new Error('it did not fail');
}

interface Slots {
  readonly connection?: unknown;
  readonly app?: unknown;
  readonly uplink?: unknown;
  readonly downlink?: unknown;
}

/** The document around the slots that matter; the downlink is off where it is not given. */
export function document(slots: Slots): Slots {
  return { connection: { bootstrapServers: '127.0.0.1:9092' }, downlink: { enabled: false }, ...slots };
}

export function made(slots: Slots, options: CreateOptions = {}): KafkaNorthward {
  return createKafkaNorthward(asConfig(document(slots)), options);
}

/** The text of the refusal of a configuration. */
export function refused(slots: Slots): string {
  try {
    made(slots);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

export function warningsOf(slots: Slots): string {
  return made(slots)
    .warnings.map(({ path, message }) => `${path}: ${message}`)
    .join('\n');
}

export const AT = Date.UTC(2024, 11, 22, 12, 35);

export const READING = {
  kind: 'telemetry',
  deviceId: 1001,
  deviceName: 'pump-1',
  timestamp: AT,
  values: [{ pointId: 1, pointKey: 'temperature', value: 25.6 }],
} as const;
