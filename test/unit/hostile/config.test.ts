import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../../../src/config/document.js';
import { parseConfig } from '../../../src/config/parse.js';
import { ConfigError } from '../../../src/api/errors.js';
import { memoryNorthward } from '../../support/memory-northward.js';
import { assemble } from '../../../src/assemble.js';
import {
  anything,
  hostile,
  KEYS,
  laughs,
  refusal,
  runs,
  throwing,
  THROWN,
  watchTheProcess,
} from './support.js';

watchTheProcess();

type Json = Record<string, unknown>;

const SECRET = 'hunter2-hunter2';
const route = {
  enabled: true,
  topic: 'c',
  payload: { mode: 'mapped_json', config: { a: 'b' }, filter: { mode: 'key', equals: 'x' } },
};
const mapping = {
  enabled: true,
  topic: '{{device_name}}',
  key: '',
  payload: { mode: 'kv', includeMeta: true },
};

/** A valid configuration in which nearly every field is set, and every secret is the same text. */
function valid(): Json {
  return structuredClone(VALID);
}

const VALID: Json = (() => {
  const sasl = { mechanism: 'scram_sha256', username: 'u', password: SECRET };
  const tls = { caPem: 'pem', certificatePem: 'pem', keyPem: SECRET, keyPassword: SECRET };
  return {
    app: { id: 1, name: 'a' },
    connection: {
      bootstrapServers: ['a:1', 'b'],
      clientId: 'c',
      security: { protocol: 'sasl_ssl', sasl, tls },
      properties: { 'sasl.password.x': SECRET },
    },
    uplink: {
      producer: { acks: 'all', lingerMs: 5, properties: { 'ssl.x': SECRET } },
      telemetry: mapping,
      alarm: { enabled: true, payload: { mode: 'mapped_json', config: { 'x.y': 'data' } } },
      headers: { include: ['app_id'], static: { token: SECRET } },
      queue: { whenFull: 'wait' },
    },
    downlink: {
      commandReceived: route,
      writePoint: { ...route, enabled: false },
      deadLetter: { enabled: true },
    },
    retryPolicy: { maxAttempts: 3 },
  };
})();

/** Every object in the document, with the keys that lead to it. */
function objectsIn(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(objectsIn)];
}

const change = fc.record({
  at: fc.nat(),
  key: fc.nat(),
  name: fc.option(fc.oneof(fc.constantFrom(...KEYS), fc.string()), { freq: 1 }),
  make: fc.oneof(
    { weight: 2, arbitrary: anything },
    // What some place takes.
    fc.constantFrom(true, 1, 'a', null).map((value) => () => value),
  ),
});

/** Places of the valid configuration get another value or one more key. */
const mutated = fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => (): Json => {
  const document = valid();
  const objects = objectsIn(document);
  for (const { at, key, name, make } of changes) {
    const object = objects[at % objects.length] ?? document;
    const names = Object.keys(object);
    set(object, name ?? names[key % Math.max(1, names.length)] ?? 'x', make());
  }
  return document;
});

function set(object: object, key: string, value: unknown): void {
  if (Array.isArray(object) && key === 'length') return;
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Refused with at least one problem, each bounded and without the secret; or taken. */
function checkConfig(document: unknown, options: object = {}): 'taken' | 'refused' {
  try {
    parseConfig(document, options);
    return 'taken';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const text = `${error.message} ${JSON.stringify(error)}`;
    expect(error.problems.length).toBeGreaterThan(0);
    expect(text.includes(SECRET)).toBe(false);
    expect(error.message.length).toBeLessThan(200_000);
    return 'refused';
  }
}

describe('§2 whatever stands in a configuration, it is taken or refused', () => {
  it('given the valid one, then it is taken', () => {
    expect(parseConfig(valid()).config.connection.security.protocol).toBe('sasl_ssl');
  });

  it('given any value, then every problem is told and no prototype is changed', () => {
    fc.assert(
      fc.property(anything, (make) => {
        expect(checkConfig(make())).toBe('refused');
      }),
      runs(150),
    );
  });

  it('given a valid configuration with anything in some of its places, then the same, and no secret is told', () => {
    const counts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(mutated, (make) => {
        counts[checkConfig(make())] += 1;
      }),
      runs(250),
    );
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(0);
  });

  it('given anything for the options, then the same', () => {
    const each = {
      app: anything,
      retryPolicy: anything,
      unknownKeys: anything,
      logger: anything,
      pointMeta: anything,
      now: anything,
    };
    const options = fc.oneof(
      anything,
      fc
        .record(each, { requiredKeys: [] })
        .map(
          (makes) => () => Object.fromEntries(Object.entries(makes).map(([name, make]) => [name, make()])),
        ),
    );
    const counts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(options, (make) => {
        const ports = { producer: () => ({}), consumer: () => ({}) } as never;
        try {
          assemble(valid(), make() as never, ports);
          counts.taken += 1;
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          counts.refused += 1;
        }
      }),
      runs(300),
    );
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(5);
  });

  it.each(KEYS)('given the key %j everywhere, then it is a key like any other', (key) => {
    const document = valid();
    for (const object of objectsIn(document)) {
      set(object, key, { polluted: 1 });
    }
    checkConfig(document);
    expect('polluted' in {}).toBe(false);
  });

  it.each(THROWN.map((thrown, i) => [i, thrown] as const))(
    'given a getter that throws (%i), then its path is told',
    (_, thrown) => {
      const error = refusal(() =>
        parseConfig({ ...valid(), uplink: throwing('queue', thrown) }),
      ) as ConfigError;
      expect(error.problems).toMatchObject([{ path: 'uplink.queue', found: 'a getter that throws' }]);
    },
  );
});

describe('§2 the size of a configuration is bounded', () => {
  it.each([
    ['a list of four billion gaps', new Array(4_294_967_295)],
    [
      'a list without end',
      new Proxy([], { get: (list, name) => (name === 'length' ? Infinity : Reflect.get(list, name)) }),
    ],
    ['an object that is in itself many times over', laughs()],
    ['a very long text', 'x'.repeat(5_000_000)],
  ])('given %s, then that is the only problem', (_, value) => {
    const error = refusalOf({ ...valid(), more: value });
    expect(error.problems).toMatchObject([{ path: '', found: 'more' }]);
  });

  it('given many problems, then all are there, and the message shows a hundred', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, () => i]));
    const config = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, '!!']));
    const telemetry = { enabled: true, payload: { mode: 'mapped_json', config } };
    const error = refusalOf({ ...valid(), ...many, uplink: { telemetry } });
    expect(error.problems).toHaveLength(40_000);
    expect(error.message.split('\n')).toHaveLength(102);
    expect(error.message).toContain('and 39900 more');
  });

  it('given very long keys above many problems, then the message is short', () => {
    const error = refusalOf({
      ...valid(),
      ['k'.repeat(1_000_000)]: Array.from({ length: 2_000 }, () => () => 1),
    });
    expect(error.problems).toHaveLength(2_000);
    expect(error.message.length).toBeLessThan(50_000);
  });

  it('given very many servers, then that is one problem', () => {
    const { problems } = refusalOf({
      connection: { bootstrapServers: '?,'.repeat(100_000) },
      downlink: { enabled: false },
    });
    expect(problems).toMatchObject([
      { path: 'connection.bootstrapServers', expected: 'at most 1000 servers' },
    ]);
  });

  it('given an output path of very many segments, then it is refused', () => {
    const telemetry = { enabled: true, payload: { mode: 'mapped_json', config: { ['a.'.repeat(65)]: '@' } } };
    const { problems } = refusalOf({ ...valid(), uplink: { telemetry } });
    expect(problems).toMatchObject([{ found: '65' }]);
  });
});

describe('§2 hostile options', () => {
  it.each([null, undefined])('given %s, then there are none', (options) => {
    expect(memoryNorthward({}, options as never).northward.state).toBe('disconnected');
  });

  it.each(THROWN.map((thrown, i) => [i, thrown] as const))(
    'given a getter that throws (%i), then it is named',
    (_, thrown) => {
      const error = refusal(() => memoryNorthward({}, throwing('app', thrown) as never)) as ConfigError;
      expect(error.problems).toMatchObject([{ path: 'options.app' }]);
    },
  );

  // A text that is not "console" is refused, with its name.
  const objectOrNone = (logger: unknown): unknown => (typeof logger === 'string' ? undefined : logger);

  it('given any logger, clock and metadata, when previewed, then there is a record', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (logger, now, pointMeta) => {
        const { northward } = memoryNorthward({}, {
          logger: objectOrNone(logger()),
          now: now(),
          pointMeta: pointMeta(),
        } as never);
        const values = [{ pointId: 1, pointKey: 'a', value: 1 }];
        const event = { kind: 'telemetry', deviceId: 1, deviceName: 'd', values } as const;
        expect(northward.previewUplink(event).status).toBe('record');
      }),
      runs(150),
    );
  });
});

function refusalOf(document: unknown): ConfigError {
  try {
    parseConfig(document);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the document was taken');
}

describe('the text of a configuration, whatever it is', () => {
  it('given any JSON object, then it is what JSON.parse makes of it', () => {
    const object = fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), fc.jsonValue());
    fc.assert(
      fc.property(object, (document) => {
        const text = JSON.stringify(document, null, 1);
        expect(JSON.stringify(parseConfigText(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      runs(200),
    );
  });

  it('given a text that was damaged, then it is taken or refused with a typed error, without its secret', () => {
    const text = JSON.stringify(VALID, null, 1);
    const damage = fc.tuple(
      fc.nat(text.length),
      fc.nat(5),
      fc.oneof(fc.constantFrom(...'{}[]",:/*\\\n\0'.split('')), fc.string()),
    );
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        let damaged = text;
        for (const [from, cut, put] of damages)
          damaged = damaged.slice(0, from) + put + damaged.slice(from + cut);
        refusal(() => parseConfigText(damaged), SECRET);
      }),
      runs(300),
    );
  });
});
