import { describe, expect, it } from 'vitest';
import { asConfig } from '../../../src/index.js';
import { forReading, forSending } from '../../../src/cli/beside.js';
import { parseConfig } from '../../../src/config/parse.js';

const DOCUMENT = asConfig({
  app: { id: 7 },
  connection: { bootstrapServers: 'a:9092', security: { protocol: 'ssl' } },
  uplink: {
    telemetry: { enabled: true },
    writePointResponse: { enabled: true },
    store: { path: '/var/lib/gateway' },
    producer: { acks: 'one', enableIdempotence: false },
  },
  downlink: {
    groupInstanceId: 'gateway-1',
    autoOffsetReset: 'earliest',
    writePoint: { enabled: true, topic: 'commands', failurePolicy: 'error' },
    commandReceived: { enabled: true, topic: 'commands', failurePolicy: 'error' },
    deadLetter: { enabled: true, topic: 'dead' },
    // oxlint-disable-next-line unicorn/no-thenable -- a text, never called
    redelivery: { then: 'dead_letter' },
    dedupe: { enabled: true },
  },
});
const { config } = parseConfig(DOCUMENT);
const loaded = { document: DOCUMENT, config, options: {}, warnings: [] };

describe('a configuration for a command beside a gateway that runs', () => {
  it('given one to send, then it is without store and downlink, and all else as it was', () => {
    const sending = parseConfig(forSending(loaded)).config;
    expect(sending.uplink.store).toBeNull();
    expect(sending.downlink.enabled).toBe(false);
    expect(sending.uplink).toEqual({ ...config.uplink, store: null });
    const connection = { ...config.connection, clientId: 'ng-gateway-app-7-cli' };
    expect(sending.connection).toEqual(connection);
  });

  it('given one to listen, then it is another group that never commits, answers or writes', () => {
    const reading = { groupId: 'other', takesPart: false, autoOffsetReset: 'latest' } as const;
    const { uplink, downlink } = parseConfig(forReading(loaded, reading)).config;
    expect(downlink).toMatchObject({
      groupId: 'other',
      groupInstanceId: null,
      autoOffsetReset: 'latest',
      writePoint: { enabled: true, topic: 'commands', ackPolicy: 'never' },
      commandReceived: { enabled: true, ackPolicy: 'never' },
      rpcResponseReceived: { enabled: false },
      deadLetter: { enabled: false },
      dedupe: { enabled: false },
    });
    expect(uplink).toMatchObject({ enabled: false, store: null, writePointResponse: { enabled: false } });
  });

  it('given one that takes part, then commands count, but the name of the static member is not taken', () => {
    const reading = { groupId: config.downlink.groupId, takesPart: true, autoOffsetReset: 'latest' } as const;
    const { uplink, downlink } = parseConfig(forReading(loaded, reading)).config;
    expect(downlink).toEqual({ ...config.downlink, groupInstanceId: null, autoOffsetReset: 'latest' });
    expect(uplink).toMatchObject({
      store: null,
      producer: { acks: 'one' },
      writePointResponse: { enabled: false },
    });
  });
});
