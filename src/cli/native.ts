/** The native client of commands that ask a cluster, or change it. */
import { ConnectionError } from '../api/errors.js';
import type { ResolvedConfig } from '../config/resolved-config.js';
import { sidesInUse } from '../diagnose/needs.js';
import { openAdmin } from '../kafka/client/probe.js';
import type { AdminPort } from '../kafka/port/admin-port.js';
import type { ConnectionCause } from '../kafka/port/ports.js';

/** Works with a client that is closed at the end. What fails without a word of a broker gets the cause that the client logged. */
export async function withAdmin<T>(
  config: ResolvedConfig,
  work: (admin: AdminPort) => Promise<T>,
): Promise<T> {
  const causes: ConnectionCause[] = [];
  const admin = await openAdmin(toAsk(config), sidesInUse(config)[0] ?? 'uplink', {
    onCause: (cause) => {
      causes[0] = cause;
    },
    onAllBrokersDown: () => undefined,
    onFatal: () => undefined,
    onLog: () => undefined,
  });
  try {
    return await work(admin);
  } catch (error) {
    const [cause] = causes;
    if (!(error instanceof ConnectionError) || cause === undefined) throw error;
    throw new ConnectionError(cause.code, cause.message, {
      cause: error,
      ...(cause.hint && { hint: cause.hint }),
    });
  } finally {
    await admin.close(0);
  }
}

/** A producer that is idempotent would ask for an id, and need the right to. */
function toAsk({ connection, uplink, ...rest }: ResolvedConfig): ResolvedConfig {
  return {
    ...rest,
    connection: { ...connection, clientId: `${connection.clientId}-cli` },
    uplink: { ...uplink, producer: { ...uplink.producer, enableIdempotence: false } },
  };
}
