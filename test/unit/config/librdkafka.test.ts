import { describe, expect, test } from 'vitest';
import {
  QUEUE_MARGIN_MESSAGES,
  consumerProperties,
  producerProperties,
} from '../../../src/kafka/client/librdkafka.js';
import { OWNED_PROPERTIES } from '../../../src/config/owned-properties.js';
import type { ResolvedConfig } from '../../../src/config/resolve.js';
import { Shares } from '../../../src/uplink/delivery/room.js';
import { pathsOf, problemsOf, resolved } from './support.js';

const NO_SECRETS = { password: null, keyPassword: null, keyPem: null, clientSecret: null };

function names(config: ResolvedConfig): string[] {
  return [
    ...Object.keys(producerProperties(config, NO_SECRETS)),
    ...Object.keys(consumerProperties(config, NO_SECRETS)),
  ];
}

describe('§2 librdkafka properties', () => {
  test('given plaintext, then no ssl and sasl property is set', () => {
    expect(names(resolved()).filter((name) => /^(ssl|sasl)\./.test(name))).toEqual([]);
  });

  test('given no value for an optional field, then its property is left to librdkafka', () => {
    const config = resolved({
      connection: { bootstrapServers: 'a', security: { protocol: 'ssl', tls: {} } },
    });
    expect(names(config).filter((name) => name.startsWith('ssl.'))).toEqual([]);
    expect(names(config)).not.toContain('group.instance.id');
  });

  test.each([1, 8_000, 20_000, 2_000_000])(
    'given uplink.queue.maxMessages %d, then the queue of librdkafka holds all that the uplink hands over, and the margin',
    (maxMessages) => {
      const properties = producerProperties(resolved({ uplink: { queue: { maxMessages } } }), NO_SECRETS);
      const { window } = new Shares({ maxMessages });
      expect(properties['queue.buffering.max.messages']).toBeGreaterThanOrEqual(
        window + QUEUE_MARGIN_MESSAGES,
      );
    },
  );

  test.each([1, 67_108_864, Number.MAX_SAFE_INTEGER])(
    'given uplink.queue.maxBytes %d, then the queue of librdkafka holds more, up to its own limit',
    (maxBytes) => {
      const properties = producerProperties(resolved({ uplink: { queue: { maxBytes } } }), NO_SECRETS);
      const kbytes = Number(properties['queue.buffering.max.kbytes']);
      expect(kbytes).toBeLessThanOrEqual(2_147_483_647);
      expect(kbytes * 1024).toBeGreaterThan(Math.min(maxBytes, 2 ** 40));
    },
  );

  test('given one property in both maps, then that of the client wins over that of the connection', () => {
    const config = resolved({
      connection: { bootstrapServers: 'a', properties: { 'retry.backoff.ms': 1 } },
      uplink: { producer: { properties: { 'retry.backoff.ms': 2 } } },
      downlink: { consumer: { properties: { 'retry.backoff.ms': 3 } } },
    });
    expect(producerProperties(config, NO_SECRETS)['retry.backoff.ms']).toBe(2);
    expect(consumerProperties(config, NO_SECRETS)['retry.backoff.ms']).toBe(3);
  });
});

describe('§2 how soon a client connects again', () => {
  const longest = (properties: Record<string, number | string>): unknown[] => {
    const config = resolved({ connection: { bootstrapServers: 'a', properties } });
    return [producerProperties(config, NO_SECRETS), consumerProperties(config, NO_SECRETS)].map(
      (each) => each['reconnect.backoff.max.ms'],
    );
  };

  test('given nothing, then it tries every second, on both sides', () => {
    expect(longest({})).toEqual([1_000, 1_000]);
  });

  test('given a longest wait of the user, then that counts', () => {
    expect(longest({ 'reconnect.backoff.max.ms': 20_000 })).toEqual([20_000, 20_000]);
  });

  test.each([5_000, '5000'])('given a first wait of %o alone, then the longest is no shorter', (first) => {
    expect(longest({ 'reconnect.backoff.ms': first })).toEqual([5_000, 5_000]);
  });
});

describe('§2 pass-through: given a property that the library owns, then it is refused by name', () => {
  test.each([...OWNED_PROPERTIES])('%s: %s', (name, instead) => {
    const properties = { [name]: 'hunter2' };
    const problems = problemsOf({
      connection: { bootstrapServers: 'a', properties },
      uplink: { producer: { properties } },
      downlink: { consumer: { properties } },
    });
    expect(problems).toHaveLength(3);
    for (const { path, message } of problems) {
      expect(path).toContain(name);
      expect(message).toContain(`${name} is set by the library; ${instead}`);
      expect(message).not.toContain('hunter2');
    }
  });

  test('every property that is set for a client and may not be overridden is owned', () => {
    const tunable = [
      'partition.assignment.strategy',
      'fetch.queue.backoff.ms',
      'queued.min.messages',
      'queued.max.messages.kbytes',
      'fetch.message.max.bytes',
      'reconnect.backoff.max.ms',
      'topic.metadata.propagation.max.ms',
      'topic.metadata.refresh.interval.ms',
    ];
    const config = resolved({ downlink: { groupInstanceId: 'i' } });
    const free = names(config).filter((name) => !OWNED_PROPERTIES.has(name));
    expect([...new Set(free)].sort()).toEqual(tunable.sort());
  });

  test.each([
    [1, 1, 16_384],
    [1_000_000, 489, 16_384],
    [4_194_304, 2_048, 32_768],
    [33_554_432, 16_384, 262_144],
    [2_147_483_647, 16_384, 262_144],
  ])(
    'given maxQueuedBytes %i, then the prefetch is %i KiB and a fetch %i bytes, unless they are set',
    (bytes, kbytes, fetch) => {
      const consumer = { properties: {} };
      const downlink = { maxQueuedBytes: bytes, consumer };
      expect(consumerProperties(resolved({ downlink }), NO_SECRETS)).toMatchObject({
        'queued.max.messages.kbytes': kbytes,
        'fetch.message.max.bytes': fetch,
      });
      const set = { consumer: { properties: { 'fetch.message.max.bytes': 5 } } };
      const own = resolved({ downlink: { ...downlink, ...set } });
      expect(consumerProperties(own, NO_SECRETS)['fetch.message.max.bytes']).toBe(5);
    },
  );

  test('blanks around an owned name do not hide it', () => {
    const problems = problemsOf({ connection: { bootstrapServers: 'a', properties: { ' acks ': 1 } } });
    expect(pathsOf(problems)).toEqual(['connection.properties[" acks "]']);
  });
});
