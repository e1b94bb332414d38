import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createKafkaNorthward, type NorthwardConfig, type NorthwardError } from '../../../src/index.js';
import { HINTS } from '../../../src/kafka/watch/causes.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function firstError(connection: NorthwardConfig['connection']): Promise<NorthwardError> {
  const northward = createKafkaNorthward({
    connection,
    uplink: { telemetry: { enabled: true } },
    downlink: { enabled: false },
  });
  const error = new Promise<NorthwardError>((resolve) => northward.once('error', resolve));
  await northward.start();
  const first = await error;
  expect(northward.state).toBe('failed');
  await northward.stop({ timeoutMs: 100 });
  return first;
}

const http = () => listening(createHttpServer((_request, response) => response.end()));
const ssh = () =>
  listening(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('SSH-2.0-plant\r\n');
    }),
  );

it.each([
  ['HTTP', http, {}],
  ['HTTP', http, { security: { protocol: 'sasl_plaintext', sasl: { username: 'u', password: 'p' } } }],
  ['SSH-', ssh, {}],
] as const)(
  '§7.4: given a port where %s answers, then it is told that no Kafka does',
  async (begin, serve, security) => {
    const error = await firstError({ bootstrapServers: await serve(), ...security });
    expect(error).toMatchObject({ code: 'PROTOCOL_MISMATCH', hint: HINTS.notKafka });
    expect(error.message).toContain(`it does not speak Kafka: its answer begins with "${begin}"`);
  },
);
