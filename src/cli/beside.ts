/** Configurations of commands that work beside a gateway which runs: what would disturb it is taken out. */
import type { NorthwardConfig } from '../api/config.js';
import { DOWNLINK_SLOTS } from '../api/kinds.js';
import type { LoadedConfig } from './load-config.js';

/** Publishes as the gateway does, but without its store, and reads nothing. */
export function forSending({ document, config }: LoadedConfig): NorthwardConfig {
  const { store: _, ...uplink } = document.uplink ?? {};
  return { ...document, connection: connectionOf(document, config), uplink, downlink: { enabled: false } };
}

/** How a command takes part in reading. */
export interface Reading {
  readonly groupId: string;
  /** The group was asked for: its offsets are committed, and its dead letters written. */
  readonly takesPart: boolean;
  readonly autoOffsetReset: 'latest' | 'earliest';
}

/** Reads as the gateway does, in another group, and sends nothing; what it reads counts for nobody, unless it takes part. */
export function forReading({ document, config }: LoadedConfig, reading: Reading): NorthwardConfig {
  const { groupId, takesPart, autoOffsetReset } = reading;
  const { groupInstanceId: _, ...downlink } = document.downlink ?? {};
  const { producer } = document.uplink ?? {};
  const watching = {
    deadLetter: { enabled: false },
    redelivery: {},
    dedupe: { enabled: false },
    ...Object.fromEntries(
      DOWNLINK_SLOTS.map((slot) => [slot, { ...downlink[slot], ackPolicy: 'never' as const }]),
    ),
  };
  return {
    ...document,
    connection: connectionOf(document, config),
    uplink: { enabled: false, ...(producer === undefined ? {} : { producer }) },
    downlink: { ...downlink, ...(takesPart ? {} : watching), groupId, autoOffsetReset },
  };
}

/** Brokers tell clients apart by it, in logs and quotas. */
function connectionOf(
  { connection }: NorthwardConfig,
  config: LoadedConfig['config'],
): NorthwardConfig['connection'] {
  return { ...connection, clientId: `${config.connection.clientId}-cli` };
}
