/** A small OIDC token server on loopback: client credentials for tokens, and the public key for the broker. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface OidcClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

const KEY_ID = 'test';

interface TlsText {
  readonly cert: string;
  readonly key: string;
}

export class OidcServer {
  readonly #client: OidcClient;
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  #server: Server | undefined;
  #port = 0;
  /** Answers every request for a token with this status, as in trouble of its own. */
  trouble: number | undefined;
  /** How often it did. */
  troubled = 0;
  /** How long a new token holds. */
  tokenSeconds = 600;
  /** Every token that was given away. */
  readonly tokens: string[] = [];

  readonly #tls: TlsText | undefined;

  /** @param tls PEM of its certificate; absent: plain HTTP */
  constructor(client: OidcClient, tls?: TlsText) {
    this.#client = client;
    this.#tls = tls;
  }

  get tokenUrl(): string {
    return `${this.#tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}/token`;
  }

  get jwksUrl(): string {
    return `http://127.0.0.1:${this.#port}/jwks`;
  }

  /** Listens; the same port again after `stop()`. */
  async start(): Promise<void> {
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response);
    };
    const server = this.#tls === undefined ? createServer(answer) : createTlsServer(this.#tls, answer);
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/jwks') reply(200, { keys: [this.#publicKey()] });
    else if (this.trouble !== undefined) {
      this.troubled += 1;
      reply(this.trouble, { error: 'temporarily_unavailable' });
    } else if (this.#knows(request.headers.authorization)) {
      reply(200, { access_token: this.#token(), token_type: 'Bearer', expires_in: this.tokenSeconds });
    } else reply(401, { error: 'invalid_client', error_description: 'unknown client or wrong secret' });
  }

  #knows(authorization: string | undefined): boolean {
    const { clientId, clientSecret } = this.#client;
    return authorization === `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  #publicKey(): unknown {
    return { ...this.#keys.publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
  }

  #token(): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: this.#client.clientId, iat: now, exp: now + this.tokenSeconds };
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'RS256', kid: KEY_ID, typ: 'JWT' })}.${part(claims)}`;
    const token = `${text}.${sign('sha256', Buffer.from(text), this.#keys.privateKey).toString('base64url')}`;
    this.tokens.push(token);
    return token;
  }
}
