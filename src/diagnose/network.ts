/** Names and ports, by the means of the machine: as librdkafka resolves and connects, without any of its protocol. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { ConnectionError } from '../api/errors.js';
import { reasonOf } from '../api/reason.js';

/** @returns addresses, in the order of the resolver. Rejects with `NAME_NOT_RESOLVED`. */
export async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await lookup(host, { all: true, verbatim: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (cause) {
    const code = codeOf(cause);
    throw new ConnectionError('NAME_NOT_RESOLVED', `${host} does not resolve${code}`, { cause });
  }
}

/** Connects and hangs up. Rejects with `BROKER_UNREACHABLE`, with the reason in words. */
export function reach(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const over = setTimeout(() => {
      end(`nothing answers within ${timeoutMs} ms: a wrong address, or a firewall that drops packets`);
    }, timeoutMs);
    const onAbort = (): void => {
      end('it was not waited for');
    };
    const end = (failure: string | null, cause?: unknown): void => {
      clearTimeout(over);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      if (failure === null) resolve();
      else reject(new ConnectionError('BROKER_UNREACHABLE', `${placeOf(host, port)}: ${failure}`, { cause }));
    };
    socket.once('connect', () => {
      end(null);
    });
    socket.on('error', (error) => {
      end(wordsOf(error), error);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}

export function placeOf(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there, or a firewall refuses',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'nothing answers: a wrong address, or a firewall that drops packets',
  EACCES: 'this process may not connect there',
  EPERM: 'this process may not connect there',
};

function wordsOf(error: unknown): string {
  const code = codeOf(error);
  const known = WORDS[code.replaceAll(/[ ()]/g, '')];
  return known === undefined ? reasonOf(error) : `${known}${code}`;
}

/** ` (ENOTFOUND)`, or nothing. */
function codeOf(cause: unknown): string {
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}
