import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../src/api/errors.js';
import { diagnose } from '../../../src/index.js';
import type { NorthwardError } from '../../../src/index.js';
import { DiskError } from './disk-error.js';
import {
  all,
  closePorts,
  diagnosis,
  FakeProbes,
  GROUP,
  memoryStore,
  of,
  port,
  topicFacts,
} from './support.js';

afterEach(closePorts);

async function config(over: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  return {
    app: { id: 1 },
    connection: { bootstrapServers: await port() },
    uplink: { telemetry: { enabled: true, topic: 'plant.telemetry' } },
    downlink: { enabled: false },
    ...over,
  };
}

const listening = {
  uplink: { enabled: false },
  downlink: { writePoint: { enabled: true, topic: 'plant.write' } },
};

describe('§7.9 a diagnosis', () => {
  it('given that all is well, then its steps come in order, none of them is wrong, and no client is left open', async () => {
    const probes = new FakeProbes();
    const findings = await all(diagnosis(await config(), probes));
    expect(findings.map(({ step }) => step)).toEqual([
      'configuration',
      'secrets',
      'client',
      'name',
      'tcp',
      'tls',
      'sasl',
      'brokers',
      'advertised',
      'topic',
      'rights',
      'rights',
      'store',
    ]);
    expect(findings.filter(({ status }) => status === 'failed' || status === 'warning')).toEqual([]);
    expect(probes.open_).toBe(0);
  });

  it('given a problem in the uplink, then the connection and the downlink are looked at all the same', async () => {
    const probes = new FakeProbes();
    const document = await config({
      uplink: { telemetry: { enabled: 'yes' } },
      downlink: listening.downlink,
    });
    const findings = await all(diagnosis(document, probes));
    expect(findings[0]).toMatchObject({
      step: 'configuration',
      status: 'failed',
      code: 'CONFIG_INVALID',
      setting: 'uplink.telemetry.enabled',
    });
    expect(of(findings, 'brokers')?.status).toBe('ok');
    expect(of(findings, 'topic', 'plant.write')?.status).toBe('ok');
  });

  it('given a problem in the connection, then what needs it is skipped with the reason', async () => {
    const probes = new FakeProbes();
    const document = await config({ connection: { bootstrapServers: 'kafka:1:2' } });
    const findings = await all(diagnosis(document, probes));
    for (const step of ['name', 'tcp', 'tls', 'sasl', 'brokers'] as const)
      expect(of(findings, step)).toMatchObject({
        status: 'skipped',
        message: expect.stringMatching(/connection/) as string,
      });
    expect(probes.made).toBe(0);
  });

  it('given a document that is none, then that is a finding', async () => {
    const findings = await all(diagnosis('kafka', new FakeProbes()));
    expect(findings[0]).toMatchObject({ step: 'configuration', status: 'failed' });
    expect(findings.slice(1).every(({ status }) => status === 'skipped')).toBe(true);
  });

  it('given a step that throws, then it is a finding, and the next ones come', async () => {
    const probes = new FakeProbes();
    probes.topic = () => {
      throw new TypeError('no such thing');
    };
    const findings = await all(diagnosis(await config(), probes));
    expect(of(findings, 'topic')).toMatchObject({ status: 'failed', code: 'LIBRARY_FAULT' });
    expect(of(findings, 'store')?.status).toBe('skipped');
  });
});

describe('§7.9 secrets', () => {
  it('given one that cannot be read, then its line has path and reason, each once', async () => {
    const probes = new FakeProbes();
    const path = 'connection.security.sasl.password';
    const message = `${path}: the environment variable P is not set`;
    const check = () => Promise.reject(new ConnectionError('SECRET_UNAVAILABLE', message));
    probes.references = [{ path, from: 'the environment variable P', check }];
    const found = of(await all(diagnosis(await config(listening), probes)), 'secrets');
    expect(found).toMatchObject({ status: 'failed', details: [message] });
  });
});

describe('§7.9 topics', () => {
  it.each([
    [
      'without a leader',
      { partitions: [{ partition: 0, leader: null, replicas: [2], inSync: [] }] },
      { status: 'failed', code: 'BROKER_UNREACHABLE' },
      /partition 0 of plant\.telemetry has no leader: the brokers that hold it \(2\) are down/,
    ],
    [
      'with a replica that is behind',
      { partitions: [{ partition: 0, leader: 1, replicas: [1, 2], inSync: [1] }] },
      { status: 'warning' },
      /partition 0 has 1 of 2 in sync/,
    ],
  ])('given one %s, then it is told', async (_what, facts, expected, words) => {
    const probes = new FakeProbes();
    probes.topic = (topic) => topicFacts(topic, facts);
    const found = of(await all(diagnosis(await config(), probes)), 'topic');
    expect(found).toMatchObject({ ...expected, setting: 'uplink.telemetry.topic' });
    expect(found?.message).toMatch(words);
  });

  it('given a missing topic and topics.create, then it is a warning where the gateway writes, and a fault where it reads', async () => {
    const probes = new FakeProbes();
    const failure = { code: 'TOPIC_NOT_FOUND', message: 'not there' } as const;
    probes.topic = (topic) => topicFacts(topic, { failure, partitions: [] });
    const create = { topics: { create: true } };
    const written = of(await all(diagnosis(await config(create), probes)), 'topic');
    expect(written).toMatchObject({
      status: 'warning',
      code: 'TOPIC_NOT_FOUND',
      setting: 'uplink.telemetry.topic',
    });
    expect(written?.message).toContain('is made by the first message');
    const read = of(await all(diagnosis(await config({ ...listening, ...create }), probes)), 'topic');
    expect(read?.status).toBe('failed');
    expect(of(await all(diagnosis(await config(), probes)), 'topic')?.status).toBe('failed');
  });

  it('given a broker that tells no rights, then that is told as it is', async () => {
    const probes = new FakeProbes();
    probes.topic = (topic) => topicFacts(topic, { operations: null });
    const found = of(await all(diagnosis(await config(), probes)), 'rights');
    expect(found).toMatchObject({ status: 'skipped', message: 'the broker does not tell them' });
  });

  it('given templates, then those that the configuration alone fills in are looked at, and the others named', async () => {
    const document = await config({
      uplink: {
        telemetry: { enabled: true, topic: 'plant.{{app_id}}.{{event_kind}}' },
        alarm: { enabled: true, topic: 'plant.{{device_name}}' },
      },
    });
    const findings = await all(diagnosis(document, new FakeProbes()));
    expect(of(findings, 'topic', 'plant.1.telemetry')?.status).toBe('ok');
    expect(of(findings, 'topic', 'uplink.alarm.topic')).toMatchObject({
      status: 'skipped',
      message: expect.stringContaining('plant.{{device_name}}') as string,
    });
  });
});

describe('§7.9 the group', () => {
  const member = { clientId: 'ng-gateway', host: '10.0.0.7', instanceId: null, partitions: [] };

  it('given committed offsets, then the lag is told, from what the topic still holds', async () => {
    const probes = new FakeProbes();
    const offsets = [
      { topic: 'plant.write', partition: 0, offset: 15 },
      { topic: 'another', partition: 0, offset: 0 },
    ];
    probes.group = { ...GROUP, state: 'stable', assignor: 'cooperative-sticky', members: [member], offsets };
    const document = await config(listening);
    const clientId = 'ng-gateway';
    Object.assign(document['connection'] as object, { clientId });
    const found = of(await all(diagnosis(document, probes)), 'group');
    expect(found).toMatchObject({ status: 'ok', message: 'stable, 1 member, lag 5' });
    expect(found?.details).toContain('plant.write 0: committed 15, end 20, lag 5');
  });

  it('given a group that is not there, then it is no fault', async () => {
    const probes = new FakeProbes();
    probes.group = { ...GROUP, state: 'dead', operations: null };
    const findings = await all(diagnosis(await config(listening), probes));
    expect(of(findings, 'group')).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/does not exist yet/) as string,
    });
    expect(of(findings, 'rights', 'group ng-gateway-plugin-1')?.status).toBe('skipped');
  });
});

describe('§7.9 the store', () => {
  const storing = { uplink: { telemetry: { enabled: true, topic: 't' }, store: { path: '/data/store' } } };

  it('given a network file system, then that is the fault', async () => {
    const store = memoryStore();
    await store.disk.makeFolder('/data/store/app-1');
    const facts = (): Promise<{ freeBytes: number; sort: 'network'; name: string }> =>
      Promise.resolve({ freeBytes: 1e12, sort: 'network', name: 'nfs' });
    const disk = new Proxy(store.disk, {
      get: (target, name) => {
        const own: unknown = name === 'facts' ? facts : Reflect.get(target, name, target);
        return typeof own === 'function' ? (own.bind(target) as unknown) : own;
      },
    });
    const findings = await all(diagnosis(await config(storing), new FakeProbes(), {}, { ...store, disk }));
    expect(of(findings, 'store')).toMatchObject({ status: 'failed', code: 'STORE_DEGRADED' });
    expect(of(findings, 'store')?.message).toMatch(/network file system \(nfs\)/);
  });

  it('given a folder that is not there, then nothing is made, and the right to make it is looked at', async () => {
    const store = memoryStore({ mayWrite: () => Promise.reject(new DiskError('EACCES')) });
    await store.disk.makeFolder('/data');
    const findings = await all(diagnosis(await config(storing), new FakeProbes(), {}, store));
    expect(of(findings, 'store')).toMatchObject({ status: 'failed', setting: 'uplink.store.path' });
    expect(of(findings, 'store')?.message).toMatch(/no right to it \(EACCES\)/);
    expect(await store.disk.list('/data')).toEqual([]);
  });

  it('given a folder that a gateway has, then nothing is written to it', async () => {
    const store = memoryStore({ hasOwner: () => Promise.resolve(true) });
    await store.disk.makeFolder('/data/store/app-1');
    const created: string[] = [];
    const disk = new Proxy(store.disk, {
      get: (target, name) => {
        const own: unknown = Reflect.get(target, name, target);
        if (name !== 'open') return typeof own === 'function' ? (own.bind(target) as unknown) : own;
        return (at: string, mode: 'read' | 'write' | 'create') => {
          if (mode !== 'read') created.push(at);
          return target.open(at, mode);
        };
      },
    });
    const findings = await all(diagnosis(await config(storing), new FakeProbes(), {}, { ...store, disk }));
    expect(of(findings, 'store')).toMatchObject({ status: 'warning' });
    expect(created).toEqual([]);
  });
});

describe('§7.9 the end of a diagnosis', () => {
  it('given that the loop is left, then all clients are closed', async () => {
    const probes = new FakeProbes();
    for await (const { step } of diagnosis(await config(), probes)) if (step === 'brokers') break;
    expect(probes.made).toBeGreaterThan(0);
    expect(probes.open_).toBe(0);
  });

  it('given a signal while a broker does not answer, then the loop ends without an error, and all clients are closed', async () => {
    const probes = new FakeProbes();
    probes.hangs = true;
    const stopping = new AbortController();
    const findings: string[] = [];
    probes.onOpen = () => {
      if (probes.made === 2) setTimeout(() => stopping.abort(), 10);
    };
    for await (const { step } of diagnosis(await config(), probes, { signal: stopping.signal }))
      findings.push(step);
    expect(findings).toEqual(['configuration', 'secrets', 'client', 'name', 'tcp']);
    expect(probes.open_).toBe(0);
  });

  it('given a signal that is aborted already, then there is no finding', async () => {
    const probes = new FakeProbes();
    expect(await all(diagnosis(await config(), probes, { signal: AbortSignal.abort() }))).toEqual([]);
    expect(probes.made).toBe(0);
  });

  it('given a broker that does not answer, then the step ends in its time', async () => {
    const probes = new FakeProbes();
    probes.hangs = true;
    const findings = await all(diagnosis(await config(), probes, { timeoutMs: 200 }));
    expect(of(findings, 'brokers')).toMatchObject({
      status: 'failed',
      code: 'BROKER_UNREACHABLE',
      message: expect.stringMatching(/answers nothing within 200 ms/) as string,
    });
  });
});

describe('§7.9 the options of diagnose()', () => {
  it.each([
    ['side', 'north'],
    ['canary', ''],
    ['timeoutMs', 0],
    ['signal', {}],
  ])('given a %s that is none, then the call throws, and names it', (name, value) => {
    const config = { connection: { bootstrapServers: '127.0.0.1:1' } };
    let thrown: unknown;
    try {
      diagnose(config, { [name]: value });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect((thrown as NorthwardError).message).toContain(`options.${name}`);
  });

  it('given a side, then only what it needs is looked at', async () => {
    const document = await config({ downlink: listening.downlink });
    const findings = await all(diagnosis(document, new FakeProbes(), { side: 'downlink' }));
    expect(of(findings, 'topic', 'plant.write')?.status).toBe('ok');
    expect(of(findings, 'topic', 'plant.telemetry')).toBeUndefined();
    expect(of(findings, 'store')).toBeUndefined();
  });
});
