import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafkaNorthward } from '../../../src/index.js';
import { CLUSTER_FAULTS, FILLED, prepare, READABLE } from '../../support/doctor/cluster-faults.js';
import {
  configAt,
  findingsFor,
  findingsOf,
  firstFault,
  type SecuredFault,
} from '../../support/doctor/fault.js';
import { REFUSAL_FAULTS } from '../../support/doctor/refusal-faults.js';
import { DISK_FAULTS, STORE_FAULTS } from '../../support/doctor/store-faults.js';
import { groupMembers } from '../../support/kafka-admin.js';
import { describeWithOwnKafka } from '../../support/kafka-cluster.js';
import { runKafkaTool } from '../../support/kafka-tools.js';
import { whyNoExt4 } from '../../support/own-ext4.js';
import { SECRETS, startSecureKafka, type SecureKafka } from '../../support/secure-kafka.js';

const noDisk = await whyNoExt4();

// One Kafka for all of them.
describeWithOwnKafka('the doctor on real Kafka', () => {
  let kafka: SecureKafka;
  /** All that was found. */
  const found: unknown[] = [];

  beforeAll(async () => {
    kafka = await startSecureKafka();
    await prepare(kafka);
  });
  afterAll(async () => {
    await kafka?.stop();
  });

  async function expectToldBy(fault: SecuredFault): Promise<void> {
    const findings = await findingsFor(fault, kafka);
    found.push(findings);
    const first = firstFault(findings);
    const { step, status = 'failed', code, setting, words } = fault;
    expect(first, JSON.stringify(findings, null, 1)).toMatchObject({ step, status, code, setting });
    expect(first?.message).toMatch(words);
    expect(first?.hint).toBeTruthy();
    expect(first?.docs).toMatch(/^docs\//);
  }

  it.each(REFUSAL_FAULTS)('names cause and setting: $fault', expectToldBy);
  it.each(CLUSTER_FAULTS)('names cause and setting: $fault', expectToldBy);
  it.each(STORE_FAULTS)('names cause and setting: $fault', expectToldBy);
  describe.skipIf(noDisk !== null)(
    `with a disk of its own${noDisk === null ? '' : `: skipped, ${noDisk}`}`,
    () => {
      it.each(DISK_FAULTS)('names cause and setting: $fault', expectToldBy);
    },
  );

  it('given that all is well, then every finding is, and the canary comes back', async () => {
    const findings = await findingsOf(configAt(kafka.at('plaintext'), FILLED), { canary: FILLED });
    expect(findings.filter(({ status }) => status === 'failed' || status === 'warning')).toEqual([]);
    expect(findings.find(({ step }) => step === 'canary')).toMatchObject({ status: 'ok', subject: FILLED });
  });

  it('given a gateway that runs with the same configuration, then nothing of it is changed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'doctor-beside-'));
    const config = configAt(kafka.at('plaintext'), FILLED, {
      app: { id: 1 },
      uplink: { telemetry: { enabled: true, topic: FILLED }, store: { path: folder } },
      downlink: { groupId: 'doctor.beside', writePoint: { enabled: true, topic: READABLE } },
    });
    const gateway = createKafkaNorthward(config);
    await gateway.start();
    try {
      await gateway.ready({ timeoutMs: 60_000 });
      const before = await stateOf(kafka, folder);
      const findings = await findingsOf(config, { canary: FILLED });
      expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(findings.find(({ step }) => step === 'group')).toMatchObject({ status: 'ok' });
      expect(findings.find(({ step }) => step === 'store')?.message).toMatch(/has .*app-1 in use/);
      expect(await stateOf(kafka, folder)).toEqual(before);
      expect(gateway.states).toEqual({ uplink: 'connected', downlink: 'connected' });
    } finally {
      await gateway.stop();
      await rm(folder, { recursive: true });
    }
  });

  it('no finding holds a secret', () => {
    const text = JSON.stringify(found);
    expect(Object.values(SECRETS).filter((secret) => text.includes(secret))).toEqual([]);
    expect(found.length).toBeGreaterThan(40);
  });
});

const TOOLS = 'org.apache.kafka.tools';

/** What a diagnosis must leave as it is: the members of the group, what is committed, the topics, and the files of the store. */
async function stateOf({ kafka }: SecureKafka, folder: string): Promise<unknown> {
  const server = ['--bootstrap-server', kafka.bootstrapServers];
  const group = [...server, '--describe', '--group', 'doctor.beside'];
  const files = (await readdir(folder, { recursive: true })).toSorted();
  return {
    files,
    sizes: await Promise.all(files.map(async (file) => (await stat(path.join(folder, file))).size)),
    group: await runKafkaTool(`${TOOLS}.consumer.group.ConsumerGroupCommand`, group),
    topics: await runKafkaTool(`${TOOLS}.TopicCommand`, [...server, '--list']),
    members: await groupMembers(kafka.bootstrapServers, 'doctor.beside'),
  };
}
