/** What the steps of one diagnosis share. */
import type { NorthwardError } from '../api/errors.js';
import { Closables } from '../core/closables.js';
import type { ResolvedConfig } from '../config/resolved-config.js';
import type { PathSet } from '../config/path.js';
import type { ClusterInfo } from '../kafka/port/ports.js';
import type { ProbePort, ProbeSide, ProbeSource } from '../kafka/port/probe-port.js';
import type { StoreLook } from '../store/look.js';
import type { Waits } from './waits.js';

/** The ways out. */
export interface DiagnosisPorts {
  readonly probes: (config: ResolvedConfig) => ProbeSource;
  readonly store: StoreLook;
}

/** The client whose questions were answered, and what it found. */
export interface Answered {
  /** Of the configuration. */
  readonly server: string;
  readonly client: ProbePort;
  readonly cluster: ClusterInfo;
  readonly side: ProbeSide;
  /** Why it died, if it did. */
  readonly fatal: () => string | null;
}

interface Closable {
  close(flushMs: number): Promise<void>;
}

export class Run {
  readonly config: ResolvedConfig;
  readonly probes: ProbeSource;
  readonly store: StoreLook;
  readonly waits: Waits;
  /** What is looked at. */
  readonly sides: readonly ProbeSide[];
  readonly canary: string | null;
  readonly #wrong: PathSet;
  readonly #closables = new Closables();
  /** Sides whose client could be made. */
  usable: readonly ProbeSide[] = [];
  /** Servers that take connections. */
  reached: ReadonlySet<string> = new Set();
  /** Addresses that a broker has told, and that keep it from answering; why, by address. */
  readonly advertised = new Map<string, NorthwardError>();
  /** `null`: nobody has answered. */
  answered: Answered | null = null;

  /** @param wrong paths of the problems of the configuration */
  constructor(
    config: ResolvedConfig,
    wrong: PathSet,
    ports: DiagnosisPorts,
    waits: Waits,
    sides: readonly ProbeSide[],
    canary: string | null,
  ) {
    this.config = config;
    this.#wrong = wrong;
    this.probes = ports.probes(config);
    this.store = ports.store;
    this.waits = waits;
    this.sides = sides;
    this.canary = canary;
  }

  /** Whether nothing is wrong at that place of the configuration, above or under it. */
  sound(path: string): boolean {
    return !this.#wrong.overlaps(path);
  }

  get servers(): readonly string[] {
    return this.config.connection.bootstrapServers.split(',').filter((server) => server !== '');
  }

  /** Has it closed in the end. */
  opening<T extends Closable>(thing: Promise<T>): Promise<T> {
    return this.#closables.opening(thing);
  }

  /** Before the end. Never rejects. */
  async closeOne(thing: Closable): Promise<void> {
    await thing.close(0).catch(() => undefined);
  }

  /** Never rejects. */
  close(): Promise<void> {
    return this.#closables.closeAll();
  }
}
