/** `connection.bootstrapServers`, as librdkafka would read it, but strictly. */

const DEFAULT_PORT = 9092;
const PROTOCOLS = ['plaintext', 'ssl', 'sasl_plaintext', 'sasl_ssl'];
const ADDRESS = /^(\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[^\s:/[\]@?#,]+)(?::(\d{1,5}))?$/;

export type ServerEntry =
  | {
      readonly ok: true;
      /** With its port. */
      readonly address: string;
      /** From `PROTOCOL://`, lower case. */
      readonly protocol: string | null;
    }
  | { readonly ok: false; readonly text: string; readonly reason: string };

/** The entries of a list or a comma-separated string; blank ones are skipped. */
export function parseBootstrapServers(servers: string | readonly string[]): ServerEntry[] {
  const list = typeof servers === 'string' ? [servers] : servers;
  return list
    .flatMap((part) => part.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseServer);
}

function parseServer(text: string): ServerEntry {
  const [, scheme, rest = ''] = /^(?:([^:/]*):\/\/)?(.*)$/s.exec(text) ?? [];
  const protocol = scheme?.toLowerCase() ?? null;
  if (protocol !== null && !PROTOCOLS.includes(protocol)) {
    return { ok: false, text, reason: `a protocol of ${PROTOCOLS.join(', ')} before ://` };
  }
  const match = ADDRESS.exec(protocol === null ? rest : rest.replace(/\/$/, ''));
  if (match === null) {
    return { ok: false, text, reason: 'host:port, with IPv6 addresses in brackets' };
  }
  const port = match[2] === undefined ? DEFAULT_PORT : Number(match[2]);
  if (port < 1 || port > 65_535) return { ok: false, text, reason: 'a port from 1 to 65535' };
  return { ok: true, address: `${match[1]}:${port}`, protocol };
}

/** `host:port[,host:port…]`; entries that are none are left out. */
export function normaliseBootstrapServers(entries: readonly ServerEntry[]): string {
  return [...new Set(entries.flatMap((entry) => (entry.ok ? entry.address : [])))].join(',');
}
