import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.js';
import { createKafkaNorthward, loadConfigFile, type KafkaNorthward } from '../../../src/index.js';
import { fileOf, runCli, temporaryFolder } from '../../support/cli.js';
import { clusterState } from '../../support/kafka-admin.js';
import { describeWithOwnKafka, startKafka, type TestKafka } from '../../support/kafka-cluster.js';
import { until } from '../../support/memory-northward.js';
import { workOff, LONG_MS } from '../../support/real-gateways.js';

const write = (id: string) =>
  JSON.stringify({
    schema_version: 1,
    event: { kind: 'write_point' },
    payload: { data: { request_id: id, point_id: 7, value: 1, timestamp: '2026-01-02T03:04:05Z' } },
  });
const EVENT = JSON.stringify({ kind: 'telemetry', deviceId: 1, deviceName: 'pump-1', values: { temp: 1 } });

/** How each command is called; others with the configuration alone. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  listen: ['--from-beginning', '--count', '2'],
};
/** What a command may end with here: a topic is missing. */
const CODES: Readonly<Record<string, number>> = { topics: 1, doctor: 1 };

describeWithOwnKafka('§11 commands beside a gateway that runs with the same configuration', () => {
  let kafka: TestKafka;
  let gateway: KafkaNorthward;
  let config: string;
  let storeFolder: string;

  beforeAll(async () => {
    kafka = await startKafka();
    for (const topic of ['data', 'commands', 'letters']) await kafka.createTopic(topic, { partitions: 2 });
    await kafka.consoleProduce('commands', [
      { key: 'a', value: write('w-1') },
      { key: 'a', value: write('w-2') },
    ]);
    storeFolder = await temporaryFolder();
    config = await fileOf(documentWith({}));
    gateway = createKafkaNorthward(await loadConfigFile(config));
    const done = workOff(gateway);
    let committed = 0;
    gateway.on('committed', (offsets) => {
      for (const { offset } of offsets) committed = Math.max(committed, offset);
    });
    await gateway.start();
    await gateway.ready({ timeoutMs: LONG_MS });
    await until('its commands are done and committed', () => {
      return done.length === 2 && committed === 2;
    });
    await gateway.publishTelemetry({ deviceId: 1, deviceName: 'pump-1', values: { temp: 1 } });
    // A topic that is missing: it waits on disk.
    const alarm = { alarmType: 'a', severity: 'MAJOR', message: 'm' } as const;
    await gateway.publishAlarm({ deviceId: 1, deviceName: 'pump-1', ...alarm }, { until: 'stored' });
    const parked = (): boolean => gateway.metrics().store?.lanes.some((lane) => lane.parked === 1) === true;
    await until('it waits beside its lane', parked, LONG_MS);
  });
  afterAll(async () => {
    await gateway.stop({ timeoutMs: 5_000 });
    await kafka.stop();
  });

  const documentWith = (topics: object): unknown => ({
    app: { id: 7 },
    connection: { bootstrapServers: kafka.bootstrapServers },
    uplink: {
      telemetry: { enabled: true, topic: 'data' },
      alarm: { enabled: true, topic: 'missing' },
      store: { path: storeFolder },
      producer: { messageTimeoutMs: 5_000 },
    },
    downlink: {
      autoOffsetReset: 'earliest',
      writePoint: { enabled: true, topic: 'commands' },
      deadLetter: { enabled: true, topic: 'letters' },
    },
    topics,
  });

  async function state() {
    const names = await readdir(storeFolder, { recursive: true, withFileTypes: true });
    const files = names.filter((each) => each.isFile()).map((each) => path.join(each.parentPath, each.name));
    // What waits. The others the gateway writes, seals and removes when it likes.
    const waiting = files.filter((file) => path.dirname(file).endsWith('.parked'));
    expect(waiting).not.toEqual([]);
    const contents = waiting.toSorted().map(async (file) => {
      const hash = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      return [file, hash];
    });
    return {
      cluster: await clusterState(kafka.bootstrapServers, 'ng-gateway-plugin-7'),
      store: await Promise.all(contents),
      states: gateway.states,
      losses: gateway.losses(),
    };
  }

  it.each(COMMANDS.map(({ name }) => name))(
    'given %s, then its group, offsets, store and topics are as before',
    async (name) => {
      const before = await state();
      const { code, stderr } = await runCli([name, config, ...(ARGUMENTS[name] ?? [])]);
      expect({ code, stderr }).toMatchObject({ code: CODES[name] ?? 0 });
      expect(await state()).toEqual(before);
    },
  );

  it('given an event that is sent by hand, then one record more is in its topic, and nothing else has changed', async () => {
    const before = await state();
    expect(await runCli(['send', config], { stdin: EVENT })).toMatchObject({
      code: 0,
      stdout: /delivered to data, /,
    });
    const after = await state();
    const sum = (ends: Readonly<Record<string, number>>, topic: string): number =>
      Object.entries(ends).reduce(
        (all, [place, end]) => (place.startsWith(`${topic} `) ? all + end : all),
        0,
      );
    expect(sum(after.cluster.ends, 'data')).toBe(sum(before.cluster.ends, 'data') + 1);
    const { ends: _, ...cluster } = before.cluster;
    expect(after).toMatchObject({ ...before, cluster });
  });

  it('given a store in use, then --purge is refused', async () => {
    const before = await state();
    expect(await runCli(['store', config, '--purge', '--yes'])).toMatchObject({
      code: 1,
      stderr: /in use by a gateway/,
    });
    expect(await state()).toEqual(before);
  });

  it('given topics --create, then the missing one is made as the configuration says, and what waits for it arrives', async () => {
    const wanted = await fileOf(
      documentWith({ partitions: 3, replicationFactor: 1, retentionMs: 86_400_000 }),
    );
    const planned = await runCli(['topics', wanted, '--create']);
    expect(planned).toMatchObject({ code: 2, stderr: /--yes goes on without asking/ });
    expect(planned.stdout).toMatch(
      /^missing: missing \(uplink\.alarm\.topic\)$[^]*^would be made: missing, partitions: 3, replicas: 1, retention: 86400000 ms$/m,
    );
    expect((await runCli(['topics', wanted])).code).toBe(1);
    const made = await runCli(['topics', wanted, '--create', '--yes', '--json']);
    expect(made.code).toBe(0);
    const { topics } = JSON.parse(made.stdout) as { topics: unknown[] };
    expect(topics).toContainEqual({
      topic: 'missing',
      for: ['uplink.alarm.topic'],
      error: expect.objectContaining({ code: 'TOPIC_NOT_FOUND' }) as unknown,
      creation: 'made',
    });
    const after = await runCli(['topics', wanted]);
    expect(after).toMatchObject({ code: 0, stdout: /^missing: there, 3 partitions, 1 replica /m });
    await until(
      'the alarm has arrived',
      () => gateway.metrics().store?.lanes.every(({ messages }) => messages === 0) === true,
      LONG_MS,
    );
  });

  it('given replicas that the cluster does not have, then it says so, and nothing is made', async () => {
    const wanted = documentWith({ replicationFactor: 9 }) as { uplink: { alarm: object } };
    const file = await fileOf({
      ...wanted,
      uplink: { ...wanted.uplink, alarm: { enabled: true, topic: 'never' } },
    });
    const { code, stdout } = await runCli(['topics', file, '--create', '--yes']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^never: .*replication factor/im);
    expect((await runCli(['topics', file])).stdout).toMatch(/^never: missing/m);
  });
});
