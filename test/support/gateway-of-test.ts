import { afterEach } from 'vitest';
import { startGateway, type Gateway } from './downlink-gateway.js';

/** Starts the gateway of a test, which is stopped after it. Call it once, at the top of the file. */
export function gatewayOfTest(): typeof startGateway {
  let gateway: Gateway | undefined;
  afterEach(async () => {
    await gateway?.northward.stop({ timeoutMs: 50 });
    gateway = undefined;
  });
  return async (...args) => {
    gateway = await startGateway(...args);
    return gateway;
  };
}
