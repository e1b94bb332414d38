import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { document, pathsOf, problemsOf, warningsOf } from './support.js';

const warnings = (sections: Record<string, unknown>, app = { id: 1 }) =>
  parseConfig(document(sections), { app }).warnings;
const ON = { enabled: true };

describe('a configuration that enables nothing', () => {
  test.each<[what: string, sections: Record<string, unknown>]>([
    ['no section', {}],
    ['master switches alone', { uplink: ON, downlink: ON }],
    ['a kind whose master switch is off', { uplink: { enabled: false, telemetry: ON } }],
    ['a route whose master switch is off', { downlink: { enabled: false, writePoint: ON } }],
  ])('given %s, then it is warned of', (_, sections) => {
    expect(warnings(sections)).toMatchObject([
      {
        path: 'uplink',
        message: expect.stringContaining('no kind is enabled, neither in uplink nor in downlink'),
      },
    ]);
  });

  test.each<[what: string, sections: Record<string, unknown>]>([
    ['a kind', { uplink: { alarm: ON } }],
    ['a route', { downlink: { writePoint: ON } }],
    ['a route, with the uplink off', { uplink: { enabled: false }, downlink: { commandReceived: ON } }],
  ])('given %s, then it is not', (_, sections) => {
    expect(warnings(sections)).toEqual([]);
  });
});

describe('a literal secret that looks like a placeholder', () => {
  const sasl = (password: unknown) => ({
    connection: {
      bootstrapServers: 'kafka',
      security: { protocol: 'sasl_plaintext', sasl: { username: 'u', password } },
    },
  });

  test.each([
    '${KAFKA_PASSWORD}',
    '$KAFKA_PASSWORD',
    '%KAFKA_PASSWORD%',
    '{{ kafka.password }}',
    'env:KAFKA_PASSWORD',
  ])('given %s, then the warning says how, and does not show it', (password) => {
    const [warning, ...others] = warningsOf(sasl(password));
    expect(others).toEqual([]);
    expect(warning).toMatchObject({
      path: 'connection.security.sasl.password',
      message: expect.stringContaining('{"env": "NAME"}'),
    });
    expect(JSON.stringify(warning)).not.toContain('KAFKA_PASSWORD');
    expect(JSON.stringify(warning)).not.toContain('kafka.password');
  });

  test.each(['pa$$word', '$1a2b', 'p{{x', '100%', { env: 'KAFKA_PASSWORD' }, { file: '/run/secrets/p' }])(
    'given %j, then it is a secret like any other',
    (password) => {
      expect(warningsOf(sasl(password))).toEqual([]);
    },
  );

  test('given it in a TLS section or as a client secret, then likewise', () => {
    const tls = { certificateLocation: '/c', keyLocation: '/k', keyPassword: '${KEY}' };
    const security = {
      protocol: 'sasl_ssl',
      tls,
      sasl: {
        mechanism: 'oauthbearer',
        oauthbearer: { tokenEndpointUrl: 'https://t', clientId: 'c', clientSecret: '${SECRET}' },
      },
    };
    expect(pathsOf(warningsOf({ connection: { bootstrapServers: 'kafka', security } }))).toEqual([
      'connection.security.sasl.oauthbearer.clientSecret',
      'connection.security.tls.keyPassword',
    ]);
  });
});

describe('another word for a key', () => {
  test.each([
    ['uplink', 'online', 'deviceConnected'],
    ['uplink', 'offline', 'deviceDisconnected'],
    ['uplink', 'device_online', 'deviceConnected'],
    ['uplink', 'writePoint', 'writePointResponse'],
    ['uplink', 'commandReceived', 'rpcResponse'],
    ['uplink', 'rpc', 'rpcResponse'],
    ['uplink', 'telemetri', 'telemetry'],
    ['downlink', 'commands', 'commandReceived'],
    ['downlink', 'write', 'writePoint'],
    ['downlink', 'rpcResponse', 'rpcResponseReceived'],
    ['downlink', 'writePointResponse', 'writePoint'],
    ['downlink', 'group', 'groupId'],
    ['connection', 'brokers', 'bootstrapServers'],
  ])('given %s.%s, then %s is suggested', (section, key, meant) => {
    const base =
      section === 'connection' && meant !== 'bootstrapServers' ? { bootstrapServers: 'kafka' } : {};
    const problems = problemsOf({ [section]: { ...base, [key]: {} } });
    const problem = problems.find(({ path }) => path === `${section}.${key}`);
    expect(problem).toMatchObject({
      suggestion: meant,
      message: expect.stringContaining(`did you mean ${meant}?`),
    });
  });

  test('given the right name beside it, then it is not suggested', () => {
    const [problem] = problemsOf({ uplink: { online: ON, deviceConnected: ON } });
    expect(problem).toMatchObject({ path: 'uplink.online', suggestion: undefined });
  });
});
