import path from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { STORED_KINDS } from '../../../src/api/kinds.js';
import type { ResolvedLane, ResolvedStore } from '../../../src/config/resolve.js';
import type { LaneOptions, StoreOptions } from '../../../src/store/port.js';
import { problemsOf, resolved } from './support.js';

function storeOf(store: Record<string, unknown> = {}, app = {}): ResolvedStore {
  const found = resolved({ app, uplink: { store: { path: '/data', ...store } } }).uplink.store;
  if (found === null) throw new Error('there is no store');
  return found;
}

function lanesOf(lanes: unknown, store: Record<string, unknown> = {}): Record<string, ResolvedLane> {
  return Object.fromEntries(storeOf({ ...store, lanes }).lanes.map((lane) => [lane.name, lane]));
}

const DAY_MS = 86_400_000;

describe('§10 the store in the configuration', () => {
  test.each([
    ['left out', {}],
    ['null, as forms write it', { store: null }],
  ])('given it is %s, then there is none', (_name, uplink) => {
    expect(resolved({ uplink }).uplink.store).toBeNull();
  });

  test('given a path only, then all else has its default', () => {
    expect(storeOf({}, { id: 7 })).toEqual({
      path: path.resolve('/data'),
      folder: path.resolve('/data/app-7'),
      maxBytes: 2 ** 30,
      minFreeBytes: 2 ** 28,
      whenFull: 'drop_oldest',
      compress: false,
      allowNetworkFs: false,
      replay: { order: 'per_key', share: 0.25 },
      lanes: [
        {
          name: 'critical',
          kinds: new Set(['alarm', 'rpc_response', 'write_point_response', 'dead_letter']),
          storeAfterMs: 0,
          commitIntervalMs: 20,
          maxBytes: 2 ** 30,
          maxAgeMs: 7 * DAY_MS,
          evictable: false,
        },
        {
          name: 'state',
          kinds: new Set(['device_connected', 'device_disconnected', 'attributes']),
          storeAfterMs: 1000,
          commitIntervalMs: 200,
          maxBytes: 2 ** 30,
          maxAgeMs: 7 * DAY_MS,
          evictable: true,
        },
        {
          name: 'telemetry',
          kinds: new Set(['telemetry']),
          storeAfterMs: 1000,
          commitIntervalMs: 200,
          maxBytes: 2 ** 30,
          maxAgeMs: 7 * DAY_MS,
          evictable: true,
        },
      ],
    });
  });

  test('it is what a store is made with', () => {
    expectTypeOf<ResolvedStore>().toExtend<StoreOptions>();
    expectTypeOf<ResolvedLane>().toEqualTypeOf<LaneOptions>();
  });

  test('given a path that is relative, then the folder is under the working directory', () => {
    expect(storeOf({ path: 'var/./store' }).folder).toBe(path.join(process.cwd(), 'var/store/app-0'));
  });

  test('given settings of the store, then lanes without their own have them', () => {
    const { critical, state, telemetry } = lanesOf(
      { state: { storeAfterMs: 5, maxBytes: 2 ** 21, maxAgeMs: DAY_MS } },
      { storeAfterMs: 70, commitIntervalMs: 30, maxBytes: 2 ** 28, maxAgeMs: 2 * DAY_MS },
    );
    expect(state).toMatchObject({
      storeAfterMs: 5,
      commitIntervalMs: 30,
      maxBytes: 2 ** 21,
      maxAgeMs: DAY_MS,
    });
    expect(telemetry).toMatchObject({
      storeAfterMs: 70,
      commitIntervalMs: 30,
      maxBytes: 2 ** 28,
      maxAgeMs: 2 * DAY_MS,
    });
    expect(critical).toMatchObject({ storeAfterMs: 0, commitIntervalMs: 20, maxBytes: 2 ** 28 });
  });

  test('given an interval below 20 ms, then critical does not wait longer than the others', () => {
    expect(lanesOf({}, { commitIntervalMs: 5 })['critical']?.commitIntervalMs).toBe(5);
  });

  test('given lanes of its own, then they come last, and take what they name', () => {
    const lanes = storeOf({ lanes: { zeta: { kinds: ['telemetry'] }, alpha: { kinds: ['alarm'] } } }).lanes;
    expect(lanes.map(({ name, kinds }) => [name, [...kinds]])).toEqual([
      ['critical', ['rpc_response', 'write_point_response', 'dead_letter']],
      ['state', ['device_connected', 'device_disconnected', 'attributes']],
      ['telemetry', []],
      ['zeta', ['telemetry']],
      ['alpha', ['alarm']],
    ]);
    expect(lanes.at(-1)).toMatchObject({ storeAfterMs: 1000, commitIntervalMs: 200, evictable: true });
  });

  test('given kinds that move between the default lanes, then what is not named stays', () => {
    const lanes = lanesOf({ critical: { kinds: ['attributes'] }, state: { kinds: ['alarm', 'alarm'] } });
    expect([...lanes['critical']!.kinds]).toEqual([
      'attributes',
      'rpc_response',
      'write_point_response',
      'dead_letter',
    ]);
    expect([...lanes['state']!.kinds]).toEqual(['alarm', 'device_connected', 'device_disconnected']);
  });

  test.each(['critical', 'state', 'mine'])(
    'given any kind in %s, then every kind is in exactly one lane',
    (name) => {
      for (const kind of STORED_KINDS) {
        const all = Object.values(lanesOf({ [name]: { kinds: [kind] } })).flatMap(({ kinds }) => [...kinds]);
        expect(all.toSorted()).toEqual([...STORED_KINDS].toSorted());
      }
    },
  );

  test.each([
    [{ path: '' }, 'uplink.store.path', 'a string that is not empty'],
    [{ share: 1 }, 'uplink.store.share', 'one of path,'],
    [{ replay: { share: 0 } }, 'uplink.store.replay.share', 'a number from 0.01 to 1'],
    [{ replay: { share: 1.1 } }, 'uplink.store.replay.share', 'a number from 0.01 to 1'],
    [{ replay: { order: 'newest' } }, 'uplink.store.replay.order', 'one of per_key, live_first'],
    [{ maxBytes: 100 }, 'uplink.store.maxBytes', 'an integer of at least 1048576'],
    [
      { lanes: { mine: { kinds: ['temperature'] } } },
      'uplink.store.lanes.mine.kinds[0]',
      'one of telemetry, attributes,',
    ],
    [{ lanes: { mine: { kinds: ['data_gap'] } } }, 'uplink.store.lanes.mine.kinds[0]', 'one of telemetry,'],
    [{ lanes: { mine: { maxBytes: 'x' } } }, 'uplink.store.lanes.mine.maxBytes', 'an integer of at least'],
    [{ lanes: { mine: 5 } }, 'uplink.store.lanes.mine', 'an object'],
  ])('given %j, then %s is refused', (store, at, expected) => {
    const [problem] = problemsOf({ uplink: { store: { path: '/data', ...store } } });
    expect(problem).toMatchObject({ path: at, expected: expect.stringContaining(expected) as string });
  });

  test.each([
    [{ storage: { path: '/data' } }, 'uplink.storage', 'store'],
    [{ store: { directory: '/data' } }, 'uplink.store.directory', 'path'],
  ])('given %j, another word for it, then the right one is named', (uplink, at, suggestion) => {
    expect(problemsOf({ uplink })).toMatchObject([{ path: at, suggestion }]);
  });

  test('given no path, then that is what is missing', () => {
    expect(problemsOf({ uplink: { store: {} } })).toMatchObject([
      { path: 'uplink.store.path', found: 'nothing' },
    ]);
  });

  test('given a misspelt kind, then the value is shown and the right one named', () => {
    expect(
      problemsOf({ uplink: { store: { path: '/data', lanes: { mine: { kinds: ['alarms'] } } } } }),
    ).toMatchObject([{ path: 'uplink.store.lanes.mine.kinds[0]', found: '"alarms"', suggestion: 'alarm' }]);
  });
});
