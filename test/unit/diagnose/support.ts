/** A diagnosis of a cluster in memory. The server of its configuration is a port of this process. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { DiagnoseOptions, Finding } from '../../../src/api/diagnosis.js';
import { runDiagnosis } from '../../../src/diagnose/diagnosis.js';
import type { ClientListener, ClusterInfo } from '../../../src/kafka/port/ports.js';
import type {
  CanaryPort,
  GroupFacts,
  Operation,
  ProbePort,
  ProbeSource,
  TopicFacts,
} from '../../../src/kafka/port/probe-port.js';
import type { StoreLook } from '../../../src/store/look.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';

export const ALL: ReadonlySet<Operation> = new Set(['READ', 'WRITE', 'DESCRIBE']);

export const GROUP: GroupFacts = {
  failure: null,
  state: 'empty',
  assignor: '',
  members: [],
  operations: ALL,
  offsets: [],
};

/** A topic of one partition on three brokers. */
export function topicFacts(topic: string, over: Partial<TopicFacts> = {}): TopicFacts {
  const partition = { partition: 0, leader: 1, replicas: [1, 2, 3], inSync: [1, 2, 3] };
  return { topic, failure: null, partitions: [partition], operations: ALL, ...over };
}

/** What a client of the cluster in memory does. */
export class FakeProbes implements ProbeSource {
  /** Clients that are not closed. */
  open_ = 0;
  made = 0;
  /** What is asked is never answered. */
  hangs = false;
  /** What each client logs. */
  onOpen: (listener: ClientListener) => void = () => undefined;
  answer: ClusterInfo | null = null;
  topic: (topic: string) => TopicFacts = topicFacts;
  group: GroupFacts = GROUP;
  references: ProbeSource['references'] = [];

  load(): Promise<string> {
    return Promise.resolve('a client in memory');
  }

  open(_side: unknown, server: string | null, listener: ClientListener): Promise<ProbePort> {
    this.open_ += 1;
    this.made += 1;
    this.onOpen(listener);
    const never = new Promise<never>(() => undefined);
    let closed = false;
    const answered = <T>(value: T): Promise<T> => (this.hangs ? never : Promise.resolve(value));
    return Promise.resolve({
      metadata: () =>
        answered(
          this.answer ?? {
            answeredBy: 1,
            brokers: [server ?? ''],
            topics: new Map(),
            leaderless: new Set<string>(),
          },
        ),
      describeTopics: (topics) => answered(topics.map((topic) => this.topic(topic))),
      describeGroup: () => answered(this.group),
      bounds: (places) =>
        answered(places.map((place) => ({ ...place, low: 10, high: 20, leaderEpoch: null }))),
      close: () => {
        if (!closed) this.open_ -= 1;
        closed = true;
        return Promise.resolve();
      },
    });
  }

  ownCertificate(): Promise<null> {
    return Promise.resolve(null);
  }

  whySilent(): Promise<null> {
    return Promise.resolve(null);
  }

  canary(): CanaryPort {
    throw new Error('nobody asks for it');
  }
}

const servers: Server[] = [];

/** A port that takes connections. */
export async function port(): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function closePorts(): void {
  for (const server of servers.splice(0)) server.close();
}

/** An empty disk in memory that nobody owns. */
export function memoryStore(over: Partial<StoreLook> = {}): StoreLook {
  const disk = createMemoryDisk().boot();
  return { disk, hasOwner: () => Promise.resolve(false), mayWrite: () => Promise.resolve(), ...over };
}

export function diagnosis(
  config: unknown,
  probes: ProbeSource,
  options: DiagnoseOptions = {},
  store: StoreLook = memoryStore(),
): AsyncGenerator<Finding, void> {
  return runDiagnosis(config, options, { probes: () => probes, store });
}

export async function all(findings: AsyncIterable<Finding>): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of findings) found.push(finding);
  return found;
}

export function of(
  findings: readonly Finding[],
  step: Finding['step'],
  subject?: string,
): Finding | undefined {
  return findings.find((each) => each.step === step && (subject === undefined || each.subject === subject));
}
