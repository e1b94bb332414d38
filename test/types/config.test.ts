// What the compiler refuses and takes: each line below a @ts-expect-error has to be refused, or `npm run types` fails.
import { describe, expect, it } from 'vitest';
import { asConfig, createKafkaNorthward, defineConfig } from 'ng-kafka-northward';
import { createMemoryNorthward } from 'ng-kafka-northward/testing';
import minimal from '../../examples/config/minimal.json' with { type: 'json' };

const FACTORIES = [
  ['createKafkaNorthward', createKafkaNorthward],
  ['createMemoryNorthward', createMemoryNorthward],
] as const;

const connection = { bootstrapServers: '127.0.0.1:9092' };

describe('a configuration is checked by the compiler', () => {
  it.each(FACTORIES)('%s: what is none is refused', (_name, create) => {
    // @ts-expect-error a number
    expect(() => create(42)).toThrow('expected an object; found a number');
    // @ts-expect-error a text
    expect(() => create('{}')).toThrow('expected an object; found a string');
    // @ts-expect-error null
    expect(() => create(null)).toThrow('expected an object; found null');
    // @ts-expect-error nothing in it
    expect(() => create({})).toThrow('connection: is required');
    const unknownDocument: unknown = { connection };
    // @ts-expect-error it may be anything: asConfig() says that it is meant
    expect(create(unknownDocument).state).toBe('disconnected');
  });

  it.each([...FACTORIES, ['defineConfig', defineConfig]] as const)(
    '%s: typos in a literal are refused',
    (_name, take) => {
      const taken = [
        // @ts-expect-error `topc` is no key of a mapping
        () => take({ connection, uplink: { telemetry: { enabled: true, topc: 'a' } } }),
        // @ts-expect-error `uplnk` is no section
        () => take({ connection, uplnk: { telemetry: { enabled: true } } }),
        // @ts-expect-error `qeue` is no key of the uplink
        () => take({ connection, uplink: { qeue: { maxMessages: 1 } } }),
        // @ts-expect-error `ackPolcy` is no key of a route
        () => take({ connection, downlink: { writePoint: { ackPolcy: 'always' } } }),
        // @ts-expect-error `clientld` is no key of the connection
        () => take({ connection: { bootstrapServers: 'a', clientld: 'b' } }),
        // @ts-expect-error `sanitise` is no policy
        () => take({ connection, uplink: { topicPolicy: 'sanitise' } }),
        // @ts-expect-error `incldeMeta` is no key of kv
        () => take({ connection, uplink: { telemetry: { payload: { mode: 'kv', incldeMeta: true } } } }),
        // @ts-expect-error `protcol` is no key of security
        () => take({ connection: { ...connection, security: { protcol: 'ssl' } } }),
        // @ts-expect-error a text for a number
        () => take({ connection, app: { id: '7' } }),
      ];
      expect(taken).toHaveLength(9);
    },
  );

  it('defineConfig() gives back what it takes, with its type', () => {
    const config = defineConfig({ connection, uplink: { telemetry: { enabled: true } } });
    expect(createKafkaNorthward(config).state).toBe('disconnected');
    expect(createMemoryNorthward(config).state).toBe('disconnected');
    expect(config.uplink?.telemetry?.enabled).toBe(true);
  });

  it('imported JSON has wider types: asConfig() takes it, and it is checked at run time', () => {
    // @ts-expect-error `protocol` is any text
    expect(createKafkaNorthward(minimal).state).toBe('disconnected');
    expect(createKafkaNorthward(asConfig(minimal)).state).toBe('disconnected');
    expect(asConfig(minimal)).toBe(minimal);
    expect(() => createKafkaNorthward(asConfig({ ...minimal, uplnk: {} }))).toThrow('uplnk: unknown key');
    expect(() => createMemoryNorthward(asConfig(42))).toThrow('expected an object; found a number');
  });

  it('the double needs no configuration', () => {
    expect(createMemoryNorthward().state).toBe('disconnected');
    expect(createMemoryNorthward(undefined, { keep: 1 }).state).toBe('disconnected');
  });
});
