/** The store of one app on its disk: opens, keeps the books, and goes on in memory of its state when the disk does not. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { NorthwardError } from '../api/errors.js';
import type { LossCause, LossEntry, StoreLaneMetrics } from '../api/store.js';
import type { Clock, Timer } from '../core/clock.js';
import { DeferredEvents } from '../core/deferred-events.js';
import { bytesOf, type OutgoingRecord } from '../record/outgoing-record.js';
import { Ages } from './age.js';
import type { CommitTurns } from './commit-scheduler.js';
import type { Disk, FolderLock } from './disk.js';
import { Gaps } from './gaps.js';
import { Lane, type LaneOwner } from './lane.js';
import { LossLedger } from './ledger.js';
import type {
  DataGap,
  LaneOptions,
  Store,
  StoredRecord,
  StoreLane,
  StoreListener,
  StoreOptions,
} from './port.js';
import { recoverLane, type LaneFound } from './recovery.js';
import { StateFile } from './state-file.js';
import { readState, type LaneState, type StoreState } from './state.js';
import { sumsOf, type Lost } from './stored-record.js';
import { lockedByAnother, onNetworkFileSystem, storeTrouble } from './trouble.js';

/** What is done is noted at most so often. */
const STATE_EVERY_MS = 1_000;
const TRY_AGAIN_MS = 5_000;
const PARKED = '.parked';
/** Parked is at most this part of a lane. */
const PARKED_SHARE = 4;

export class DiskStore implements Store, LaneOwner {
  readonly #options: StoreOptions;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #turns: CommitTurns;
  readonly #listener: StoreListener;
  readonly #events: DeferredEvents;
  readonly #ages: Ages;
  readonly #lanes = new Map<string, Lane>();
  readonly #names: string[];
  #identity = { id: '', life: 0 };
  #working = false;
  #closed = false;
  #opened = false;
  #lock: FolderLock | null = null;
  #stateFile: StateFile | null = null;
  #ledger = new LossLedger();
  #gaps = new Gaps();
  #stateTimer: Timer | null = null;
  #tryTimer: Timer | null = null;
  #nextWrite: Promise<void> | null = null;
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(options: StoreOptions, disk: Disk, clock: Clock, turns: CommitTurns, listener: StoreListener) {
    this.#options = options;
    this.#disk = disk;
    this.#clock = clock;
    this.#turns = turns;
    this.#listener = listener;
    this.#events = new DeferredEvents(clock);
    this.#ages = new Ages(clock);
    this.#names = options.lanes.map(({ name }) => name);
    for (const lane of options.lanes) this.#addLane(lane);
  }

  #addLane(options: LaneOptions): void {
    const parked = {
      ...options,
      name: `${options.name}${PARKED}`,
      maxBytes: options.maxBytes / PARKED_SHARE,
    };
    for (const each of [options, parked]) {
      const { compress } = this.#options;
      this.#lanes.set(
        each.name,
        new Lane(each, this.#disk, this.#clock, this.#ages, this.#turns, compress, this),
      );
    }
  }

  get id(): string {
    return this.#identity.id;
  }

  get life(): number {
    return this.#identity.life;
  }

  get identity(): { readonly id: string; readonly life: number } {
    return this.#identity;
  }

  get working(): boolean {
    return this.#working;
  }

  get lanes(): readonly StoreLane[] {
    return this.#names.map((name) => this.lane(name));
  }

  lane(name: string): StoreLane {
    return this.#lane(name);
  }

  parked(name: string): StoreLane {
    return this.#lane(`${name}${PARKED}`);
  }

  #lane(name: string): Lane {
    const lane = this.#lanes.get(name);
    if (lane === undefined) throw new Error(`The store has no lane "${name}".`);
    return lane;
  }

  async open(): Promise<void> {
    if (this.#opened || this.#closed) return;
    try {
      const refused = await this.#openFolder();
      if (refused === null) {
        this.#opened = true;
        this.#works();
        return;
      }
      await this.#release();
      this.#refuse(refused);
    } catch (cause) {
      await this.#release();
      this.#refuse(storeTrouble(this.#options.folder, cause));
    }
  }

  /** @returns why it is not ours */
  async #openFolder(): Promise<NorthwardError | null> {
    const { folder, allowNetworkFs } = this.#options;
    await this.#disk.makeFolder(folder);
    const facts = await this.#disk.facts(folder);
    if (facts.sort === 'network' && !allowNetworkFs) return onNetworkFileSystem(folder, facts.name);
    this.#lock = await this.#disk.lock(folder);
    if (this.#lock === null) return lockedByAnother(folder);
    const { state, file, damaged } = await StateFile.open(this.#disk, path.join(folder, 'state'));
    this.#stateFile = file;
    await this.#recover(readState(state), damaged);
    await this.writeState();
    return null;
  }

  async #recover(state: StoreState | null, damaged: boolean): Promise<void> {
    for (const { name } of state?.lanes ?? []) this.#addFormer(name);
    const found = new Map<Lane, LaneFound>();
    for (const lane of this.#lanes.values()) {
      const known = state?.lanes.find(({ name }) => name === lane.name) ?? null;
      found.set(lane, await recoverLane(this.#disk, this.#folderOf(lane.name), known, state === null));
    }
    const all = [...found.values()];
    const id = state?.id ?? all.find(({ store }) => store !== null)?.store;
    this.#identity = {
      id: id ?? randomBytes(6).toString('hex'),
      life: Math.max(state?.life ?? 0, ...all.map(({ life }) => life)) + 1,
    };
    this.#ledger = LossLedger.from(state?.ledger);
    this.#gaps = new Gaps(state?.gaps);
    for (const [lane, { recovered }] of found) lane.begin(recovered);
    if (damaged) this.#warnOfState();
  }

  #warnOfState(): void {
    this.#warn(
      `What the store in ${this.#options.folder} knew of its own state cannot be read.`,
      'Stored messages are sent again; what readers had may come twice. Look at the disk.',
    );
  }

  /** A lane that only a former configuration had is drained last. */
  #addFormer(name: string): void {
    const base = name.endsWith(PARKED) ? name.slice(0, -PARKED.length) : name;
    if (this.#lanes.has(base)) return;
    const { maxBytes, lanes } = this.#options;
    const maxAgeMs = Math.max(...lanes.map((lane) => lane.maxAgeMs));
    this.#names.push(base);
    this.#addLane({
      name: base,
      kinds: new Set(),
      storeAfterMs: 0,
      commitIntervalMs: 200,
      maxBytes,
      maxAgeMs,
      evictable: true,
    });
  }

  #folderOf(lane: string): string {
    return path.join(this.#options.folder, lane);
  }

  async #release(): Promise<void> {
    const [file, lock] = [this.#stateFile, this.#lock];
    this.#stateFile = null;
    this.#lock = null;
    await file?.close();
    await lock?.release().catch(() => undefined);
  }

  #works(): void {
    if (this.#closed) return;
    this.#working = true;
    this.#events.add(() => this.#listener.onWorking());
  }

  degrade(cause: unknown): void {
    this.#refuse(storeTrouble(this.#options.folder, cause));
  }

  #refuse(error: NorthwardError): void {
    const tell = this.#working || this.#tryTimer === null;
    this.#working = false;
    if (this.#closed) return;
    if (tell) this.#events.add(() => this.#listener.onDegraded(error));
    this.#tryTimer ??= this.#clock.inBackground(TRY_AGAIN_MS, () => {
      this.#tryTimer = null;
      void this.#tryAgain();
    });
  }

  async #tryAgain(): Promise<void> {
    if (!this.#opened) return this.open();
    try {
      await this.writeState();
      this.#works();
    } catch (cause) {
      this.degrade(cause);
    }
  }

  #warn(message: string, hint: string): void {
    this.#events.add(() => this.#listener.onWarning(message, hint));
  }

  onSynced(lane: Lane): void {
    this.#events.add(() => this.#listener.onSynced(lane));
  }

  onUnstored(lane: Lane, records: readonly StoredRecord[]): void {
    this.#events.add(() => this.#listener.onUnstored(lane, records));
  }

  onLost(lane: Lane, cause: LossCause, records: readonly Lost[]): void {
    for (const { kind, count, bytes, firstMs, lastMs, from } of sumsOf(records)) {
      this.#enter(lane.name, kind, cause, count, bytes, firstMs, lastMs, from);
    }
    this.#events.add(() => this.#listener.onLost(lane, cause, records));
  }

  onMissing(lane: Lane, from: number, count: number): void {
    this.#enter(lane.name, 'unknown', 'corrupt', count, 0, null, null, from);
    this.#events.add(() => this.#listener.onLost(lane, 'corrupt', []));
  }

  #enter(
    lane: string,
    kind: LossEntry['kind'],
    cause: LossCause,
    count: number,
    bytes: number,
    firstMs: number | null,
    lastMs: number | null,
    before: number,
  ): void {
    this.#ledger.add(cause, lane, kind, count, bytes, firstMs, lastMs, false, this.#clock.now());
    if (kind !== 'data_gap') this.#gaps.add(lane, kind, cause, count, firstMs, lastMs, before);
    this.stateChanged();
  }

  lose(
    lane: string,
    record: Pick<OutgoingRecord, 'kind' | 'timestampMs' | 'value' | 'key'>,
    cause: LossCause,
  ): void {
    const { kind, timestampMs } = record;
    const before = this.#lane(lane).positions.mark;
    this.#enter(lane, kind, cause, 1, bytesOf(record), timestampMs, timestampMs, before);
  }

  ledger(): readonly LossEntry[] {
    return this.#ledger.entries();
  }

  get gaps(): readonly DataGap[] {
    return this.#gaps.all;
  }

  acknowledgeGap(id: number): void {
    if (this.#gaps.acknowledge(id)) this.stateChanged();
  }

  isFull(): boolean {
    return false;
  }

  makeRoom(): Promise<boolean> {
    return Promise.resolve(true);
  }

  stateChanged(): void {
    if (this.#closed) return;
    this.#stateTimer ??= this.#clock.inBackground(STATE_EVERY_MS, () => {
      this.#stateTimer = null;
      this.writeState().catch((cause: unknown) => {
        this.degrade(cause);
      });
    });
  }

  writeState(): Promise<void> {
    this.#nextWrite ??= this.#lastWrite
      .catch(() => undefined)
      .then(() => {
        this.#nextWrite = null;
        this.#lastWrite = this.#writeState();
        return this.#lastWrite;
      });
    return this.#nextWrite;
  }

  async #writeState(): Promise<void> {
    const file = this.#stateFile;
    if (file === null) throw new Error('the store is not open');
    const lanes = [...this.#lanes.values()].map((lane) => lane.state);
    const state = {
      ...this.#identity,
      lanes,
      ledger: this.#ledger.toJSON(),
      gaps: this.#gaps.all,
    };
    await file.write(state);
    for (const lane of lanes) this.#removeDone(lane);
  }

  #removeDone({ name, mark }: LaneState): void {
    this.#lane(name)
      .removeDone(mark)
      .catch((cause: unknown) => {
        this.degrade(cause);
      });
  }

  metrics(): readonly StoreLaneMetrics[] {
    return this.#names.map((name) => {
      const lane = this.#lane(name);
      const parked = this.#lane(`${name}${PARKED}`);
      return {
        lane: name,
        messages: lane.positions.open,
        bytes: lane.segments.bytes + parked.segments.bytes,
        parked: parked.positions.open,
        oldestMs: null,
        written: lane.written,
        replayed: lane.replayed,
        lost: lane.lost,
      };
    });
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.flush()));
  }

  async close(deadline: Promise<unknown>): Promise<void> {
    if (this.#closed) return;
    const done = this.#close();
    await Promise.race([done, deadline]);
    this.#closed = true;
    this.#working = false;
    for (const lane of this.#lanes.values()) lane.giveUp();
    await this.#events.told();
  }

  async #close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    this.#working = false;
    this.#stateTimer?.cancel();
    this.#tryTimer?.cancel();
    try {
      for (const lane of this.#lanes.values()) {
        await lane.seal();
        lane.lowerBound();
      }
      if (this.#stateFile !== null) await this.writeState();
      for (const lane of this.#lanes.values()) await lane.serial.run(() => Promise.resolve());
    } catch {
      // The next life finds what is there.
    }
    await this.#release();
  }
}
