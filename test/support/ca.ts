/** A certificate authority of the tests' own, made with openssl: keys, certificates and what is wrong with some of them. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const openssl = (...args: readonly string[]): Promise<unknown> => run('openssl', args);

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface CertificateOptions {
  /** Default `localhost` and `127.0.0.1`. */
  readonly subjectAltName?: string;
  /** Default 2. Below 0: it has expired. */
  readonly days?: number;
  /** Default: the name of the files. */
  readonly commonName?: string;
  /** Encrypts the key. */
  readonly password?: string;
}

/** Paths of PEM files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  /** Key and certificate in one file, as Kafka's key stores want them. */
  readonly both: string;
}

export class CertificateAuthority {
  /** Path of its certificate. */
  readonly certificate: string;
  readonly #key: string;
  readonly #folder: string;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.certificate = path.join(folder, `${name}.pem`);
    this.#key = path.join(folder, `${name}.key`);
  }

  /** @param folder takes the files */
  static async create(folder: string, name: string): Promise<CertificateAuthority> {
    const ca = new CertificateAuthority(folder, name);
    const constraint = ['-addext', 'basicConstraints=critical,CA:TRUE'];
    const files = ['-keyout', ca.#key, '-out', ca.certificate];
    await openssl('req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`, ...constraint, ...files);
    return ca;
  }

  /** Issues a certificate in files of this name. */
  async issue(name: string, options: CertificateOptions = {}): Promise<Certificate> {
    const { subjectAltName = 'DNS:localhost,IP:127.0.0.1', days = 2, password, commonName = name } = options;
    const file = (ending: string): string => path.join(this.#folder, `${name}.${ending}`);
    const [certificate, plainKey, request, both] = [
      file('pem'),
      file('plain.key'),
      file('csr'),
      file('both'),
    ];
    const names = ['-subj', `/CN=${commonName}`, '-addext', `subjectAltName=${subjectAltName}`];
    await openssl('req', '-new', ...KEY, ...names, '-keyout', plainKey, '-out', request);
    const signer = ['-CA', this.certificate, '-CAkey', this.#key, '-CAcreateserial'];
    const signing = ['-req', '-in', request, ...signer, '-copy_extensions', 'copy', '-days', String(days)];
    await openssl('x509', ...signing, '-out', certificate);
    const texts = await Promise.all([readFile(plainKey, 'utf8'), readFile(certificate, 'utf8')]);
    await writeFile(both, texts.join(''));
    if (password === undefined) return { certificate, key: plainKey, both };
    const key = file('encrypted.key');
    const cipher = ['-v2', 'aes256', '-passout', `pass:${password}`];
    await openssl('pkcs8', '-topk8', ...cipher, '-in', plainKey, '-out', key);
    return { certificate, key, both };
  }
}
