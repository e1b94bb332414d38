/** The gateways of a test file: each is stopped after the test that started it. */
import { afterEach } from 'vitest';
import { StoringGateway, type StoringOptions } from './storing-gateway.js';
import { StoringPorts } from './storing-ports.js';

/** Call it at the top of the file. */
export function openGateways() {
  const open: Array<{ stop(): Promise<unknown> }> = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((gateway) => gateway.stop()));
  });
  /** For those that a test has made by itself. */
  const toStop = (gateway: { stop(): Promise<unknown> }): void => {
    open.push(gateway);
  };
  /** The disk under all of them has crashed: they are not stopped. */
  const forget = (): void => {
    open.length = 0;
  };
  const started = async (options: StoringOptions = {}): Promise<StoringGateway> => {
    const gateway = await new StoringGateway(options).start();
    toStop(gateway);
    return gateway;
  };
  const onPorts = async (
    options: ConstructorParameters<typeof StoringPorts>[0] = {},
  ): Promise<StoringPorts> => {
    const gateway = await new StoringPorts(options).start();
    toStop(gateway);
    return gateway;
  };
  return { toStop, forget, started, onPorts };
}
