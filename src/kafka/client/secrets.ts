import { readFile } from 'node:fs/promises';
import { ConnectionError } from '../../api/errors.js';
import { causeCode } from './tls-files.js';
import type { ResolvedConfig, SecretSource } from '../../config/resolved-config.js';

/** The secrets of a configuration; `null` where there is none. Never to be logged. */
export interface ResolvedSecrets {
  readonly password: string | null;
  readonly keyPassword: string | null;
  readonly keyPem: string | null;
  readonly clientSecret: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const SECURITY = 'connection.security';

/**
 * Reads the secrets: once when a client is created, and again after an authentication or TLS failure, so
 * that a rotated secret is taken up without a restart. One newline at the end of a file is cut off.
 *
 * @throws ConnectionError `SECRET_UNAVAILABLE`, which names the reference, where one cannot be read or is
 * empty.
 */
export async function resolveSecrets(
  config: ResolvedConfig,
  environment: Environment = process.env,
): Promise<ResolvedSecrets> {
  const { password, keyPassword, keyPem, clientSecret } = secretReferences(config);
  const read = (reference: SecretReference): Promise<string | null> => readSecret(reference, environment);
  const [first, second, third, fourth] = await Promise.all([
    read(password),
    read(keyPassword),
    read(keyPem),
    read(clientSecret),
  ]);
  return { password: first, keyPassword: second, keyPem: third, clientSecret: fourth };
}

/** Where a secret comes from. */
export interface SecretReference {
  /** Of the setting. */
  readonly path: string;
  readonly source: SecretSource | null;
}

/** Where each secret of a configuration comes from. */
export function secretReferences(config: ResolvedConfig): Record<keyof ResolvedSecrets, SecretReference> {
  const { tls, sasl } = config.connection.security;
  return {
    password: { path: `${SECURITY}.sasl.password`, source: sasl?.password ?? null },
    keyPassword: { path: `${SECURITY}.tls.keyPassword`, source: tls?.keyPassword ?? null },
    keyPem: { path: `${SECURITY}.tls.keyPem`, source: tls?.keyPem ?? null },
    clientSecret: {
      path: `${SECURITY}.sasl.oauthbearer.clientSecret`,
      source: sasl?.oauthbearer?.clientSecret ?? null,
    },
  };
}

/** @throws ConnectionError `SECRET_UNAVAILABLE` */
export async function readSecret(
  { path, source }: SecretReference,
  environment: Environment = process.env,
): Promise<string | null> {
  if (source === null) return null;
  if (typeof source === 'string') return source;
  return 'env' in source ? fromEnvironment(path, source.env, environment) : fromFile(path, source.file);
}

function fromEnvironment(path: string, name: string, environment: Environment): string {
  const value = environment[name];
  if (value === undefined || value === '') {
    throw unavailable(
      path,
      `the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`,
    );
  }
  return value;
}

async function fromFile(path: string, file: string): Promise<string> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    throw unavailable(path, `the file ${file} cannot be read (${causeCode(cause)})`, cause);
  }
  const value = content.replace(/\r?\n$/, '');
  if (value === '') throw unavailable(path, `the file ${file} is empty`);
  return value;
}

function unavailable(path: string, reason: string, cause?: unknown): ConnectionError {
  return new ConnectionError('SECRET_UNAVAILABLE', `${path}: ${reason}`, { cause });
}
