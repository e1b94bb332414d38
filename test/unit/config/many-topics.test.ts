import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';

const parsed = (producer: Record<string, unknown>) =>
  parseConfig({ connection: { bootstrapServers: 'kafka' }, uplink: { producer } }, {}).config.uplink.producer;

describe('§2 topics that are spread over clients', () => {
  it('given nothing, then 256 topics a client, 32 clients, 10 minutes', () => {
    expect(parsed({})).toMatchObject({ topicsPerClient: 256, maxClients: 32, topicIdleMs: 600_000 });
  });

  it('given topicsPerClient null, then they are never spread', () => {
    expect(parsed({ topicsPerClient: null }).topicsPerClient).toBe(null);
  });

  it.each([
    [{ topicsPerClient: 0 }, 'uplink.producer.topicsPerClient'],
    [{ topicsPerClient: '256' }, 'uplink.producer.topicsPerClient'],
    [{ maxClients: 2 }, 'uplink.producer.maxClients'],
    [{ maxClients: null }, 'uplink.producer.maxClients'],
    [{ topicIdleMs: 999 }, 'uplink.producer.topicIdleMs'],
  ])('given %j, then it is refused by name', (producer, name) => {
    expect(() => parsed(producer)).toThrow(name);
  });
});
