/** What a TLS listener shows of itself. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';

const TIMEOUT_MS = 3_000;

/** What a listener showed. */
export interface ShownCertificate {
  readonly certificate: X509Certificate;
  /** `TLSv1.3` */
  readonly protocol: string;
}

/**
 * Greets as TLS does, reads the certificate, hangs up: nothing else is sent, least of all credentials. `null`: nothing there
 * speaks TLS. Never rejects.
 */
export function shownBy(address: string, timeoutMs = TIMEOUT_MS): Promise<ShownCertificate | null> {
  const host = hostOf(address);
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: portOf(address),
      // It is looked at, not trusted: whether it is good is decided by librdkafka.
      rejectUnauthorized: false,
      timeout: timeoutMs,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const end = (shown: ShownCertificate | null): void => {
      resolve(shown);
      socket.destroy();
    };
    socket.unref();
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      end(certificate === undefined ? null : { certificate, protocol: socket.getProtocol() ?? 'TLS' });
    });
    for (const event of ['error', 'timeout', 'close']) {
      socket.once(event, () => {
        end(null);
      });
    }
  });
}

/** Of `host:port`, without the brackets of IPv6. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replaceAll(/^\[|\]$/g, '');
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** A distinguished name, which has a line for each part. */
export function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
