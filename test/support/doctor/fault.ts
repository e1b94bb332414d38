/** A fault that is made for real, and what the first line of the doctor that is not well says of it. A row of docs/doctor.md. */
import {
  asConfig,
  diagnose,
  type DiagnoseOptions,
  type Finding,
  type NorthwardConfig,
} from '../../../src/index.js';
import type { SecureKafka } from '../secure-kafka.js';

/** What a fault is made in. */
export interface World<W> {
  readonly world: W;
  /** Done when the diagnosis is over. */
  readonly after: (undo: () => unknown) => void;
}

export interface Made {
  readonly config: NorthwardConfig;
  readonly options?: DiagnoseOptions;
}

export interface DoctorFault<W = unknown> {
  /** First column of the table. */
  readonly fault: string;
  readonly step: Finding['step'];
  /** Default `failed`. */
  readonly status?: 'failed' | 'warning';
  readonly code: string;
  /** Of its message. */
  readonly words: RegExp;
  readonly setting: string;
  readonly make: (world: World<W>) => Made | Promise<Made>;
}

export type SecuredFault = DoctorFault<SecureKafka>;

/** All that the doctor finds, in its order. */
export async function findingsOf(config: NorthwardConfig, options: DiagnoseOptions = {}): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of diagnose(config, options)) findings.push(finding);
  return findings;
}

/** Those of a fault, which is undone afterwards. */
export async function findingsFor<W>(fault: DoctorFault<W>, world: W): Promise<Finding[]> {
  const undo: (() => unknown)[] = [];
  try {
    const { config, options } = await fault.make({ world, after: (each) => undo.push(each) });
    return await findingsOf(config, options);
  } finally {
    for (const each of undo.toReversed()) await each();
  }
}

/** The first finding that is not well: of what failed, else of what is a warning. That a store is in a place of temporary files is none here. */
export function firstFault(findings: readonly Finding[]): Finding | undefined {
  const odd = findings.filter(
    ({ status, message }) => status === 'warning' && !message.includes('temporary files'),
  );
  return findings.find(({ status }) => status === 'failed') ?? odd[0];
}

/** What is the same in each run, for the page. */
export function rowOf({
  fault,
  step,
  status = 'failed',
  code,
  setting,
}: DoctorFault<never>): readonly string[] {
  return [fault, `\`${step}\``, status, `\`${code}\``, `\`${setting}\``];
}

interface Slots {
  readonly security?: unknown;
  readonly properties?: unknown;
  readonly uplink?: unknown;
  readonly downlink?: unknown;
  readonly app?: unknown;
}

export function configAt(bootstrapServers: string, topic: string, slots: Slots = {}): NorthwardConfig {
  const { security, properties, ...others } = slots;
  return asConfig({
    connection: {
      bootstrapServers,
      ...(security === undefined ? {} : { security }),
      properties: properties ?? {},
    },
    uplink: { telemetry: { enabled: true, topic } },
    downlink: { enabled: false },
    ...others,
  });
}
