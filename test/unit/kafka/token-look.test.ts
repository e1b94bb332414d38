import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, describe, it } from 'vitest';
import { tokenServerTrouble as lookAt } from '../../../src/kafka/watch/token-look.js';

describe('§7 a look at the token server', () => {
  const seen: Array<string | undefined> = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response
      .writeHead(Number(/\d+/.exec(request.url ?? '')?.[0]), { location: 'http://127.0.0.1:1/' })
      .end('{}');
  });
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    server.close();
  });
  const tokenServerTrouble = (at: string): ReturnType<typeof lookAt> =>
    lookAt(at, new AbortController().signal);
  const url = (status: number): string =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/${status}`;

  it.each([408, 429, 500, 502, 503, 504])('sees trouble in status %i', async (status) => {
    const cause = await tokenServerTrouble(url(status));
    expect(cause).toMatchObject({ code: 'TOKEN_UNAVAILABLE', brokerId: null });
    expect(cause?.message).toContain(`status ${status}`);
  });

  it('does not tell what stands behind the ?', async () => {
    const cause = await tokenServerTrouble(`${url(503)}?key=hush`);
    expect(cause?.message).toContain('/503 ');
    expect(cause?.message).not.toContain('hush');
  });

  it.each([200, 302, 400, 401, 405])('sees none in status %i', async (status) => {
    expect(await tokenServerTrouble(url(status))).toBeNull();
  });

  it('sees none where nothing listens', async () => {
    expect(await tokenServerTrouble('http://127.0.0.1:1/token')).toBeNull();
  });

  it('ends when the object stops', async () => {
    expect(await lookAt(url(503), AbortSignal.abort())).toBeNull();
  });

  it('sends no credentials', () => {
    expect(seen.length).toBeGreaterThan(5);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });
});
