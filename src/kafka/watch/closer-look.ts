/**
 * librdkafka says "certificate verify failed" whatever is wrong with a certificate, and "connection closed"
 * where it speaks plaintext to a TLS listener. A look at the certificate that the listener shows tells which it is.
 * And brokers say "certificate unknown" of a client certificate that has expired: a look at our own tells.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { HINTS } from './causes.js';
import { hostOf, oneLine, shownBy } from './certificate-look.js';
import type { ConnectionCause } from '../port/ports.js';

export interface CloserLookOptions {
  /** Whether this client speaks TLS itself: then that a listener does so explains nothing. */
  readonly overTls: boolean;
  /** Whether the name of the broker is checked against its certificate. */
  readonly checksHostName: boolean;
  /** The certificate by which this client is known; `null`: it has none. */
  readonly own: () => Promise<X509Certificate | null>;
  /** The certificate that the server at `host:port` shows; `null`: nothing there speaks TLS. */
  readonly at?: (address: string) => Promise<X509Certificate | null>;
}

/** Looks at the causes of one side, at one address at most once at a time. */
export class CloserLook {
  readonly #options: CloserLookOptions;
  readonly #looking = new Set<string>();

  constructor(options: CloserLookOptions) {
    this.#options = options;
  }

  /** Tells the cause, with what a look adds to it; a repeated one that comes during the look is dropped. */
  async refine(cause: ConnectionCause, tell: (cause: ConnectionCause) => void): Promise<void> {
    const { look, address } = cause;
    const needless = look === undefined || (look === 'tls' && this.#options.overTls);
    if (needless || address === null || address === undefined) {
      tell(cause);
      return;
    }
    if (this.#looking.has(address)) return;
    this.#looking.add(address);
    const { own, at = certificateAt } = this.#options;
    const certificate = await (look === 'own' ? own() : at(address)).catch(() => null);
    this.#looking.delete(address);
    tell(certificate === null ? cause : { ...cause, ...this.#found(cause, address, certificate) });
  }

  #found(
    { look, message }: ConnectionCause,
    address: string,
    certificate: X509Certificate,
  ): Partial<ConnectionCause> {
    if (look === 'tls') {
      return { code: 'PROTOCOL_MISMATCH', message: `${message}: it speaks TLS`, hint: HINTS.wantsTls };
    }
    if (look === 'own') {
      const fault = datesOf(certificate, 'the client certificate', Date.now());
      return fault === null ? {} : { message: `${message}: ${fault}`, hint: HINTS.clientExpired };
    }
    const name = this.#options.checksHostName ? hostOf(address) : null;
    const { text, hint } = faultOf(certificate, name, Date.now());
    // Its advice is right for one of the three only.
    return {
      message: `${message.replace(/: broker certificate could not be verified.*/, '')}: ${text}`,
      hint,
    };
  }
}

/**
 * What is wrong with a certificate that was refused. Pure.
 * @param host checked against the certificate; `null`: not checked
 * @param now Unix ms
 */
export function faultOf(
  certificate: X509Certificate,
  host: string | null,
  now: number,
): { readonly text: string; readonly hint: string } {
  const { subjectAltName, subject, issuer } = certificate;
  const what = 'the certificate of the broker';
  const dates = datesOf(certificate, what, now);
  if (dates !== null) return { text: dates, hint: HINTS.expired };
  const named =
    host === null ||
    (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
  if (!named) {
    return {
      text: `${what} is for ${subjectAltName ?? oneLine(subject)}, not for ${host}`,
      hint: HINTS.hostName,
    };
  }
  return {
    text: `${what} was issued by ${oneLine(issuer)}, which is none of the CAs given here`,
    hint: HINTS.ca,
  };
}

/** What is wrong with its dates; `null`: nothing. @param what it is, in words */
export function datesOf({ validFrom, validTo }: X509Certificate, what: string, now: number): string | null {
  if (Date.parse(validTo) < now) return `${what} expired on ${validTo}`;
  return Date.parse(validFrom) > now ? `${what} is not valid before ${validFrom}` : null;
}

async function certificateAt(address: string): Promise<X509Certificate | null> {
  return (await shownBy(address))?.certificate ?? null;
}
