import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HINTS } from '../../../src/kafka/watch/causes.js';
import { CloserLook, faultOf } from '../../../src/kafka/watch/closer-look.js';
import type { ConnectionCause } from '../../../src/kafka/port/ports.js';
import { CertificateAuthority, type Certificate } from '../../../scripts/kafka/ca.mjs';

const DAY = 86_400_000;

describe('§7 a certificate that was refused', () => {
  let folder: string;
  let files: Certificate;
  let certificate: X509Certificate;
  const servers: Server[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'closer-look-'));
    files = await (await CertificateAuthority.create(folder, 'plant-ca')).issue('broker');
    certificate = new X509Certificate(await readFile(files.certificate));
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true });
  });

  async function listening(server: Server): Promise<string> {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function tlsServer(): Promise<string> {
    const [key, cert] = await Promise.all([readFile(files.key), readFile(files.certificate)]);
    return listening(createServer({ key, cert }).on('tlsClientError', () => undefined));
  }

  it.each([
    ['has expired', '127.0.0.1', 3 * DAY, HINTS.expired, /expired on/],
    ['is not valid yet', '127.0.0.1', -3 * DAY, HINTS.expired, /not valid before/],
    ['names another host', 'kafka.plant', 0, HINTS.hostName, /DNS:localhost.*not for kafka\.plant/],
    ['names another address', '10.0.0.1', 0, HINTS.hostName, /not for 10\.0\.0\.1/],
    ['has an issuer that nobody trusts', 'localhost', 0, HINTS.ca, /issued by CN=plant-ca/],
    ['names another host, and that is not checked', null, 0, HINTS.ca, /issued by CN=plant-ca/],
  ])('%s', (_what, host, later, hint, text) => {
    const fault = faultOf(certificate, host, Date.now() + later);
    expect(fault.hint).toBe(hint);
    expect(fault.text).toMatch(text);
  });

  function causeAt(address: string, look: ConnectionCause['look']): ConnectionCause {
    const code = look === 'tls' ? 'BROKER_UNREACHABLE' : 'TLS_FAILED';
    return { code, message: 'm', brokerId: null, address, look };
  }

  async function refined(cause: ConnectionCause, overTls = false): Promise<ConnectionCause[]> {
    const told: ConnectionCause[] = [];
    const own = (): Promise<X509Certificate> => Promise.resolve(certificate);
    const look = new CloserLook({ overTls, checksHostName: true, own });
    await look.refine(cause, (each) => told.push(each));
    return told;
  }

  const looking = (at: (address: string) => Promise<null>): CloserLook =>
    new CloserLook({ overTls: false, checksHostName: true, own: () => Promise.resolve(null), at });

  it('is looked at where the listener shows it', async () => {
    const [told] = await refined(causeAt(await tlsServer(), 'certificate'));
    expect(told).toMatchObject({ code: 'TLS_FAILED', hint: HINTS.ca });
    expect(told?.message).toMatch(/^m: .*CN=plant-ca/);
  });

  it('shows that a listener speaks TLS', async () => {
    const [told] = await refined(causeAt(await tlsServer(), 'tls'));
    expect(told).toMatchObject({ code: 'PROTOCOL_MISMATCH', hint: HINTS.wantsTls });
  });

  it('says nothing about a connection over TLS that breaks off: it is told as it is', async () => {
    const cause = causeAt(await tlsServer(), 'tls');
    expect(await refined(cause, true)).toEqual([cause]);
  });

  it('is not there where nothing listens, or something else does: the cause stays as it was', async () => {
    const deaf = await listening(createPlainServer((socket) => socket.destroy()));
    for (const address of ['127.0.0.1:1', deaf]) {
      const cause = causeAt(address, 'tls');
      expect(await refined(cause)).toEqual([cause]);
    }
  });

  it('is looked at once at a time, and a cause that needs no look is told at once', async () => {
    let looks = 0;
    const look = looking(() => {
      looks += 1;
      return Promise.resolve(null);
    });
    const told: ConnectionCause[] = [];
    const tell = (cause: ConnectionCause): unknown => told.push(cause);
    const both = [1, 2].map(() => look.refine(causeAt('k:1', 'certificate'), tell));
    void look.refine(causeAt('k:1', undefined), tell);
    expect(told).toHaveLength(1);
    await Promise.all(both);
    expect([looks, told.length]).toEqual([1, 2]);
  });

  it('that cannot be looked at is told as it was', async () => {
    const cause = causeAt('k:1', 'certificate');
    const told: ConnectionCause[] = [];
    const look = looking(() => Promise.reject(new Error('no such port')));
    await look.refine(cause, (each) => told.push(each));
    expect(told).toEqual([cause]);
  });

  it.each([
    ['that is valid', 0, undefined],
    ['that has expired', 3 * DAY, HINTS.clientExpired],
  ])('given our own certificate %s, when the broker sends an alert', async (_what, later, hint) => {
    vi.setSystemTime(Date.now() + later);
    const [told] = await refined(causeAt('k:1', 'own'));
    vi.useRealTimers();
    expect(told?.hint).toBe(hint);
    expect(told?.message).toMatch(later === 0 ? /^m$/ : /^m: the client certificate expired on/);
  });
});
