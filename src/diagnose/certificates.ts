/** What the certificates of a connection say: the broker's, as it shows it, and our own. */
import type { X509Certificate } from 'node:crypto';
import { HINTS } from '../kafka/watch/causes.js';
import { datesOf } from '../kafka/watch/closer-look.js';
import { oneLine, shownBy } from '../kafka/watch/certificate-look.js';
import type { Fault } from './finding.js';
import type { Run } from './run.js';

const DAY_MS = 86_400_000;
/** From then on it is time to renew. */
const SOON_DAYS = 30;
/** Longer chains than this are nobody's. */
const LONGEST_CHAIN = 10;

export interface CertificateFindings {
  readonly message: string;
  readonly details: readonly string[];
  /** What should be renewed soon; `null`: nothing. */
  readonly soon: Fault | null;
}

/** Of a listener that librdkafka has accepted. */
export async function certificatesAt(run: Run, server: string): Promise<CertificateFindings> {
  const shown = await run.waits.within('Looking at the certificate', shownBy(server));
  const own = await run.waits.within(
    'Reading the certificate',
    run.probes.ownCertificate().catch(() => null),
  );
  const details = [trustStore(run), ...ownText(own)];
  if (shown === null)
    return { message: 'librdkafka accepts the certificate of the broker', details, soon: soonOf(null, own) };
  const { certificate, protocol } = shown;
  const chain = chainOf(certificate);
  return {
    message: `${protocol}, ${nameOf(certificate)} issued by ${oneLine(certificate.issuer)}, ${daysText(certificate)}`,
    details: [
      `names: ${certificate.subjectAltName ?? oneLine(certificate.subject)}`,
      `chain: ${chain.map((each) => `${nameOf(each)} (${daysText(each)})`).join(' ← ')}`,
      ...details,
    ],
    soon: soonOf(certificate, own),
  };
}

function soonOf(broker: X509Certificate | null, own: X509Certificate | null): Fault | null {
  if (broker !== null && daysLeft(broker) < SOON_DAYS) {
    const message = `the certificate of the broker expires soon: ${daysText(broker)}`;
    return { code: 'TLS_FAILED', message, hint: HINTS.expired, setting: 'broker: ssl.keystore.location' };
  }
  if (own === null) return null;
  const fault = datesOf(own, 'the client certificate', Date.now());
  if (fault === null && daysLeft(own) >= SOON_DAYS) return null;
  const message = fault ?? `the client certificate expires soon: ${daysText(own)}`;
  return { code: 'TLS_FAILED', message, hint: HINTS.clientExpired };
}

function trustStore(run: Run): string {
  const { caLocation, caPem } = run.config.connection.security.tls ?? {};
  if (caLocation !== undefined && caLocation !== null) return `trusted by: ${caLocation}`;
  return caPem === undefined || caPem === null
    ? 'trusted by: the trust store of the system'
    : 'trusted by: connection.security.tls.caPem';
}

function ownText(own: X509Certificate | null): string[] {
  return own === null
    ? []
    : [`own certificate: ${nameOf(own)} issued by ${oneLine(own.issuer)}, ${daysText(own)}`];
}

function chainOf(certificate: X509Certificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let at: X509Certificate | undefined = certificate; at !== undefined && chain.length < LONGEST_CHAIN;) {
    chain.push(at);
    const issuer: X509Certificate | undefined = at.issuerCertificate;
    at = issuer?.fingerprint256 === at.fingerprint256 ? undefined : issuer;
  }
  return chain;
}

function nameOf({ subject }: X509Certificate): string {
  return oneLine(subject) || 'a certificate without a name';
}

function daysLeft({ validTo }: X509Certificate): number {
  return Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
}

function daysText(certificate: X509Certificate): string {
  const days = daysLeft(certificate);
  return days < 0 ? `expired on ${certificate.validTo}` : `${days} day${days === 1 ? '' : 's'} left`;
}
