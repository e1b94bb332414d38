import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Gateway } from '../../../scripts/store/gateway.mjs';
import { configOf, topicsOf, type Setting } from '../../../scripts/store/setting.mjs';
import { until } from '../../support/memory-northward.js';
import { NOBODY } from '../../support/store-host.js';

const AT_ONCE = 12;

/** The state of its store, as far as it has told. */
function stateOf({ journal }: Gateway): string | undefined {
  return journal.samples.at(-1)?.store?.state;
}

describe('§10 one owner of a folder', () => {
  let home: string;
  const gateways = new Set<Gateway>();
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'northward-owners-'));
  });
  afterEach(async () => {
    await Promise.all([...gateways].map((gateway) => gateway.kill()));
    gateways.clear();
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
  });

  const settingOf = (folder: string): Setting => ({
    bootstrapServers: NOBODY,
    topics: topicsOf('owners'),
    folder: path.join(home, folder),
    storeAfterMs: 0,
  });
  const gatewayOn = (setting: Setting, waitForGo = false): Gateway => {
    const gateway = new Gateway({ config: configOf(setting), first: 1, waitForGo });
    gateways.add(gateway);
    return gateway;
  };
  const untilTold = (gateway: Gateway, state: string): Promise<void> =>
    until(`a store is ${state}`, () => stateOf(gateway) === state, 60_000);

  it('given a folder that another process owns, then the second goes on in memory with STORE_DEGRADED, and takes over when the first is killed', async () => {
    const setting = settingOf('two');
    const first = gatewayOn(setting);
    await untilTold(first, 'working');
    const second = gatewayOn(setting);
    await untilTold(second, 'degraded');
    await until(
      'STORE_DEGRADED is told',
      () => second.journal.warnings.some((warning) => warning.includes('STORE_DEGRADED')),
      60_000,
    );
    second.say('publish 100');
    await until('until: stored is refused', () => second.journal.rejected.size > 0, 60_000);
    expect([...new Set(second.journal.rejected.values())]).toEqual(['STORE_DEGRADED']);
    expect(stateOf(first)).toBe('working');
    await first.kill();
    await untilTold(second, 'working');
    expect(second.journal.crashes).toEqual([]);
  });

  it(`given the lock of a process that was killed, when ${AT_ONCE} start at the same moment, then one of them owns the folder`, async () => {
    const setting = settingOf('stale');
    const dead = gatewayOn(setting);
    await untilTold(dead, 'working');
    await dead.kill();
    const all = Array.from({ length: AT_ONCE }, () => gatewayOn(setting, true));
    await Promise.all(all.map((gateway) => gateway.line('loaded')));
    for (const gateway of all) gateway.say('go');
    await Promise.all(all.map((gateway) => gateway.line('started')));
    await until(
      'each knows whether it owns it',
      () => all.every((gateway) => ['working', 'degraded'].includes(stateOf(gateway) ?? '')),
      60_000,
    );
    // Those without it try again every few seconds: it stays with the one.
    const samples = all.map(({ journal }) => journal.samples.length);
    await until(
      'they have tried again',
      () => all.every(({ journal }, index) => journal.samples.length > samples[index]! + 150),
      60_000,
    );
    const owners = all.map(
      ({ journal }) => journal.samples.filter(({ store }) => store?.state === 'working').length,
    );
    expect(owners.filter((count) => count > 0)).toHaveLength(1);
    expect(all.flatMap(({ journal }) => journal.crashes)).toEqual([]);
  });
});
