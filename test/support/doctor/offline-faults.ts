/** Faults that need no Kafka. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asConfig } from '../../../src/index.js';
import { configAt, type DoctorFault, type World } from './fault.js';

const NOWHERE = '127.0.0.1:1';
const TOPIC = 'plant.telemetry';

const user = (password: unknown) => ({
  protocol: 'sasl_plaintext',
  sasl: { mechanism: 'plain', username: 'gateway', password },
});

async function folderFor({ after }: World<unknown>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'doctor-'));
  after(() => rm(folder, { recursive: true }));
  return folder;
}

async function listening({ after }: World<unknown>, server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const CONFIGURATION: readonly DoctorFault[] = [
  {
    fault: 'a key of the configuration is misspelt',
    step: 'configuration',
    code: 'CONFIG_INVALID',
    words: /connection\.bootstrapServer: unknown key; did you mean bootstrapServers\?/,
    setting: 'connection.bootstrapServer',
    make: () => ({ config: asConfig({ connection: { bootstrapServer: NOWHERE } }) }),
  },
  {
    fault: 'a value is none of those possible',
    step: 'configuration',
    code: 'CONFIG_INVALID',
    words: /connection\.security\.protocol: expected .*found "sasl_tls"/,
    setting: 'connection.security.protocol',
    make: () => ({ config: configAt(NOWHERE, TOPIC, { security: { protocol: 'sasl_tls' } }) }),
  },
  {
    fault: 'SASL without a user',
    step: 'configuration',
    code: 'CONFIG_INVALID',
    words: /connection\.security\.sasl/,
    setting: 'connection.security.sasl',
    make: () => ({ config: configAt(NOWHERE, TOPIC, { security: { protocol: 'sasl_ssl' } }) }),
  },
  {
    fault: 'a topic template does not parse',
    step: 'configuration',
    code: 'CONFIG_INVALID',
    words: /uplink\.telemetry\.topic/,
    setting: 'uplink.telemetry.topic',
    make: () => ({ config: configAt(NOWHERE, 'plant.{{device_name') }),
  },
  {
    fault: 'a route without an id of the application',
    step: 'configuration',
    code: 'CONFIG_INVALID',
    words: /app\.id/,
    setting: 'app.id',
    make: () => ({
      config: configAt(NOWHERE, TOPIC, { downlink: { writePoint: { enabled: true, topic: 'plant.write' } } }),
    }),
  },
];

const SECRETS: readonly DoctorFault[] = [
  {
    fault: 'the environment variable of a secret is not set',
    step: 'secrets',
    code: 'SECRET_UNAVAILABLE',
    words: /sasl\.password: the environment variable DOCTOR_NOWHERE is not set/,
    setting: 'connection.security.sasl.password',
    make: () => ({ config: configAt(NOWHERE, TOPIC, { security: user({ env: 'DOCTOR_NOWHERE' }) }) }),
  },
  {
    fault: 'the file of a secret is not there',
    step: 'secrets',
    code: 'SECRET_UNAVAILABLE',
    words: /sasl\.password: the file \/nowhere\/password cannot be read \(ENOENT\)/,
    setting: 'connection.security.sasl.password',
    make: () => ({ config: configAt(NOWHERE, TOPIC, { security: user({ file: '/nowhere/password' }) }) }),
  },
  {
    fault: 'the file of a secret is empty',
    step: 'secrets',
    code: 'SECRET_UNAVAILABLE',
    words: /sasl\.password: the file .*password is empty/,
    setting: 'connection.security.sasl.password',
    make: async (world) => {
      const file = path.join(await folderFor(world), 'password');
      await writeFile(file, '\n');
      return { config: configAt(NOWHERE, TOPIC, { security: user({ file }) }) };
    },
  },
  {
    fault: 'the file with the CA is not there',
    step: 'secrets',
    code: 'TLS_FAILED',
    words: /tls\.caLocation: \/nowhere\/ca\.pem cannot be read \(ENOENT\)/,
    setting: 'connection.security.tls.caLocation',
    make: () => ({
      config: configAt(NOWHERE, TOPIC, {
        security: { protocol: 'ssl', tls: { caLocation: '/nowhere/ca.pem' } },
      }),
    }),
  },
];

const CLIENT: readonly DoctorFault[] = [
  {
    fault: 'librdkafka does not know a property',
    step: 'client',
    code: 'CLIENT_FAILED',
    words: /No such configuration property: "no\.such\.property"/,
    setting: 'connection.properties',
    make: () => ({ config: configAt(NOWHERE, TOPIC, { properties: { 'no.such.property': '1' } }) }),
  },
  {
    fault: 'librdkafka does not take the value of a property of the producer',
    step: 'client',
    code: 'CLIENT_FAILED',
    words: /Invalid value .*"socket\.timeout\.ms"/,
    setting: 'uplink.producer.properties',
    make: () => ({
      config: configAt(NOWHERE, TOPIC, {
        uplink: {
          producer: { properties: { 'socket.timeout.ms': 'soon' } },
          telemetry: { enabled: true, topic: TOPIC },
        },
      }),
    }),
  },
  {
    fault: 'the CA is no PEM',
    step: 'client',
    code: 'TLS_FAILED',
    words: /ssl\.ca\.pem/,
    setting: 'connection.security.tls.caLocation',
    make: () => ({
      config: configAt(NOWHERE, TOPIC, { security: { protocol: 'ssl', tls: { caPem: 'no certificate' } } }),
    }),
  },
];

const NETWORK: readonly DoctorFault[] = [
  {
    fault: 'a name does not resolve',
    step: 'name',
    code: 'NAME_NOT_RESOLVED',
    words: /no-such-host\.invalid does not resolve/,
    setting: 'connection.bootstrapServers',
    make: () => ({ config: configAt('no-such-host.invalid:9092', TOPIC) }),
  },
  {
    fault: 'nothing listens at the address',
    step: 'tcp',
    code: 'BROKER_UNREACHABLE',
    words: /127\.0\.0\.1:1: nothing listens there.*ECONNREFUSED/,
    setting: 'connection.bootstrapServers',
    make: () => ({ config: configAt(NOWHERE, TOPIC) }),
  },
  {
    fault: 'a web server listens there',
    step: 'brokers',
    code: 'PROTOCOL_MISMATCH',
    words: /it does not speak Kafka: its answer begins with "HTTP"/,
    setting: 'connection.bootstrapServers',
    make: async (world) => ({
      config: configAt(
        await listening(
          world,
          createHttpServer((_request, response) => response.end()),
        ),
        TOPIC,
      ),
    }),
  },
  {
    fault: 'an SSH server listens there',
    step: 'brokers',
    code: 'PROTOCOL_MISMATCH',
    words: /it does not speak Kafka: its answer begins with "SSH-"/,
    setting: 'connection.bootstrapServers',
    make: async (world) => ({
      config: configAt(
        await listening(
          world,
          createServer((socket) => socket.write('SSH-2.0-plant\r\n')),
        ),
        TOPIC,
      ),
    }),
  },
  {
    fault: 'a broker that hangs: it takes connections, and answers nothing',
    step: 'brokers',
    code: 'BROKER_UNREACHABLE',
    words: /takes connections, but answers nothing within 1500 ms/,
    setting: 'connection.bootstrapServers',
    make: async (world) => ({
      config: configAt(await listening(world, createServer()), TOPIC),
      options: { timeoutMs: 1_500 },
    }),
  },
  {
    fault: 'a load balancer without a broker behind it hangs up',
    step: 'brokers',
    code: 'BROKER_UNREACHABLE',
    words: /[Dd]isconnected/,
    setting: 'connection.bootstrapServers',
    make: async (world) => ({
      config: configAt(
        await listening(
          world,
          createServer((socket) => socket.destroy()),
        ),
        TOPIC,
      ),
    }),
  },
];

export const OFFLINE_FAULTS: readonly DoctorFault[] = [...CONFIGURATION, ...SECRETS, ...CLIENT, ...NETWORK];
