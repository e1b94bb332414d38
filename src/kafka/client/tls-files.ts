/** The files that `connection.security.tls` names. */
import { X509Certificate } from 'node:crypto';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { ConnectionError } from '../../api/errors.js';
import type { ResolvedConfig } from '../../config/resolved-config.js';

const FIELDS = ['caLocation', 'certificateLocation', 'keyLocation'] as const;

/** A file that a setting names. */
export interface TlsFile {
  /** Of the setting. */
  readonly path: string;
  readonly file: string;
}

export function tlsFilesOf(config: ResolvedConfig): TlsFile[] {
  const { tls } = config.connection.security;
  return FIELDS.flatMap((field) => {
    const file = tls?.[field] ?? null;
    return file === null ? [] : [{ path: `connection.security.tls.${field}`, file }];
  });
}

/**
 * librdkafka does not say which file it could not read.
 * @throws ConnectionError `TLS_FAILED`, which names the setting and the file.
 */
export async function assertTlsFilesReadable(config: ResolvedConfig): Promise<void> {
  for (const file of tlsFilesOf(config)) await assertReadable(file);
}

/** @throws ConnectionError `TLS_FAILED` */
export async function assertReadable({ path, file }: TlsFile): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    throw new ConnectionError('TLS_FAILED', `${path}: ${file} cannot be read (${causeCode(cause)})`, {
      cause,
      hint: `Correct ${path}, or make the file readable for the gateway process; in a container, the path inside of it counts.`,
    });
  }
}

/** Changes whenever one of the files is written. */
export function ageOfTlsFiles(config: ResolvedConfig): Promise<string[]> {
  return Promise.all(
    tlsFilesOf(config).map(({ file }) =>
      stat(file).then(
        ({ mtimeMs, size }) => `${mtimeMs}/${size}`,
        () => 'unreadable',
      ),
    ),
  );
}

/** The certificate by which this client is known. Rejects where it cannot be read. */
export async function clientCertificate(config: ResolvedConfig): Promise<X509Certificate | null> {
  const { certificatePem, certificateLocation } = config.connection.security.tls ?? {};
  const text = certificatePem ?? (certificateLocation && (await readFile(certificateLocation)));
  return text ? new X509Certificate(text) : null;
}

/** What the file system says, in short: `ENOENT`. */
export function causeCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
