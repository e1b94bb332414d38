// @ts-check
/** A certificate authority of our own, made with openssl: keys, certificates and what is wrong with some of them. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const openssl = (/** @type {readonly string[]} */ ...args) => run('openssl', args);

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/**
 * @typedef {object} CertificateOptions
 * @property {string} [subjectAltName] Default `localhost` and `127.0.0.1`
 * @property {number} [days] Default 2. Below 0: it has expired
 * @property {string} [commonName] Default: the name of the files
 * @property {string} [password] Encrypts the key
 */

/**
 * Paths of PEM files.
 * @typedef {object} Certificate
 * @property {string} certificate
 * @property {string} key
 * @property {string} both Key and certificate in one file, as Kafka's key stores want them
 */

export class CertificateAuthority {
  #key;
  #folder;

  /**
   * @private
   * @param {string} folder
   * @param {string} name
   */
  constructor(folder, name) {
    this.#folder = folder;
    /** Path of its certificate. */
    this.certificate = path.join(folder, `${name}.pem`);
    this.#key = path.join(folder, `${name}.key`);
  }

  /**
   * @param {string} folder takes the files
   * @param {string} name
   */
  static async create(folder, name) {
    const ca = new CertificateAuthority(folder, name);
    const constraint = ['-addext', 'basicConstraints=critical,CA:TRUE'];
    const files = ['-keyout', ca.#key, '-out', ca.certificate];
    await openssl('req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`, ...constraint, ...files);
    return ca;
  }

  /**
   * Issues a certificate in files of this name.
   * @param {string} name
   * @param {CertificateOptions} [options]
   * @returns {Promise<Certificate>}
   */
  async issue(name, options = {}) {
    const { subjectAltName = 'DNS:localhost,IP:127.0.0.1', days = 2, password, commonName = name } = options;
    const file = (/** @type {string} */ ending) => path.join(this.#folder, `${name}.${ending}`);
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
