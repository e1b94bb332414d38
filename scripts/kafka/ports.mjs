// @ts-check
import { createServer } from 'node:net';

// Below the range that Linux gives to outgoing connections: while a killed broker is away, nobody may get its port
// by chance (a client that retries a free loopback port of that range can even connect to itself).
const FIRST = 20_000;
const LAST = 32_000;

/**
 * Free loopback ports, all different.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  /** @type {Set<number>} */
  const ports = new Set();
  while (ports.size < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
