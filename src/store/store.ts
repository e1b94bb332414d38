/** The store of one app on its disk: opens, keeps its lanes within their bounds and the books in order, and works again once the disk does. */
import { randomBytes } from 'node:crypto';
import { NorthwardError } from '../api/errors.js';
import type { LossCause, LossEntry, StoreLaneMetrics, StoreMetrics } from '../api/store.js';
import type { Clock, Timer } from '../core/clock.js';
import { DeferredEvents } from '../core/deferred-events.js';
import type { OutgoingRecord } from '../record/outgoing-record.js';
import { Ages } from './age.js';
import { Books } from './books.js';
import type { CommitTurns } from './commit-scheduler.js';
import type { Disk } from './disk.js';
import { DamagedSegments } from './kept-aside.js';
import { Lane, type LaneOwner } from './lane.js';
import { Lanes, mainLaneOf } from './lanes.js';
import { lookForOrphans } from './orphans.js';
import type { DataGap, Store, StoredRecord, StoreLane, StoreListener, StoreOptions } from './port.js';
import { Quota } from './quota.js';
import { recoverLane, type LaneFound } from './recovery.js';
import { StateKeeper } from './state-keeper.js';
import { readState, type StoreState } from './state.js';
import { StoreFolder, type FolderFindings } from './store-folder.js';
import { eventsOf, type Lost } from './stored-record.js';
import { errnoOf, isFull, storeTrouble } from './trouble.js';

const TRY_AGAIN_MS = 5_000;
const TIDY_MS = 5_000;

const NOT_OPEN = { id: '', life: 0 };

export class DiskStore implements Store, LaneOwner {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #turns: CommitTurns;
  readonly #listener: StoreListener;
  readonly #events: DeferredEvents;
  readonly #folder: StoreFolder;
  readonly #lanes: Lanes;
  readonly #books: Books;
  readonly #keeper: StateKeeper;
  readonly #damaged: DamagedSegments;
  readonly #quota: Quota;
  #identity = NOT_OPEN;
  /** The same once the state on disk says it: else the next life could have the number of this one, and give its ids again. */
  #toldIdentity = NOT_OPEN;
  #state: StoreMetrics['state'] = 'opening';
  #opened = false;
  #opening: Promise<void> = Promise.resolve();
  #looking: Promise<void> = Promise.resolve();
  #warnedOfRoom = false;
  #closing = false;
  #tryTimer: Timer | null = null;
  #tidyTimer: Timer | null = null;

  constructor(options: StoreOptions, disk: Disk, clock: Clock, turns: CommitTurns, listener: StoreListener) {
    this.#disk = disk;
    this.#clock = clock;
    this.#turns = turns;
    this.#listener = listener;
    this.#events = new DeferredEvents(clock);
    this.#folder = new StoreFolder(disk, options.folder, options.allowNetworkFs);
    const ages = new Ages(clock);
    const makeLane: ConstructorParameters<typeof Lanes>[1] = (lane) =>
      new Lane(lane, disk, clock, ages, turns, options.compress, this);
    this.#lanes = new Lanes(options, makeLane);
    this.#books = new Books(
      () => clock.now(),
      () => {
        this.stateChanged();
      },
    );
    this.#keeper = new StateKeeper(
      clock,
      () => this.#stateNow(),
      (state) => {
        this.#removeDone(state);
      },
      (cause) => {
        this.degrade(cause);
      },
    );
    this.#damaged = new DamagedSegments(disk);
    this.#quota = new Quota(options, clock, this.#folder, this.#damaged, () => this.#lanes.leastFirst);
  }

  get id(): string {
    return this.#toldIdentity.id;
  }

  get life(): number {
    return this.#toldIdentity.life;
  }

  get identity(): { readonly id: string; readonly life: number } {
    return this.#identity;
  }

  get working(): boolean {
    return this.#state === 'working';
  }

  get lanes(): readonly StoreLane[] {
    return this.#lanes.byImportance;
  }

  lane(name: string): StoreLane {
    return this.#lanes.named(name);
  }

  parked(name: string): StoreLane {
    return this.#lanes.parked(name);
  }

  open(): Promise<void> {
    if (this.#opened || this.#state === 'closed') return this.#opening;
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    try {
      const findings = await this.#folder.open();
      if (findings instanceof NorthwardError) {
        await this.#folder.release();
        this.#refuse(findings);
        return;
      }
      this.#keeper.begin(findings.file);
      await this.#recover(readState(findings.state));
      await this.writeState();
      this.#warnOf(findings);
      this.#opened = true;
      this.#toldIdentity = this.#identity;
      this.#works();
      // Nobody waits for it.
      this.#looking = this.#warnOfOrphans();
    } catch (cause) {
      await this.#keeper.end();
      await this.#folder.release();
      this.degrade(cause);
    }
  }

  async #recover(state: StoreState | null): Promise<void> {
    for (const { name } of state?.lanes ?? []) this.#lanes.addFormer(name);
    const found = new Map<Lane, LaneFound>();
    for (const lane of this.#lanes.all) {
      const known = state?.lanes.find(({ name }) => name === lane.name) ?? null;
      const folder = this.#folder.laneFolder(lane.name);
      const now = this.#clock.now();
      found.set(lane, await recoverLane(this.#disk, folder, known, state === null, this.#damaged, now));
    }
    const all = [...found.values()];
    const id = state?.id ?? all.find(({ store }) => store !== null)?.store;
    this.#identity = {
      id: id ?? randomBytes(6).toString('hex'),
      life: Math.max(state?.life ?? 0, ...all.map(({ life }) => life)) + 1,
    };
    this.#quota.measure();
    this.#books.begin(state);
    for (const [lane, { recovered }] of found) lane.begin(recovered);
  }

  #warnOf({ warnings }: FolderFindings): void {
    for (const [message, hint] of warnings) this.#warn(message, hint);
    this.#warnOfRoom();
  }

  async #warnOfOrphans(): Promise<void> {
    const warning = await lookForOrphans(this.#disk, this.#folder.path);
    if (warning !== null) this.#warn(...warning);
  }

  #warn(message: string, hint: string): void {
    this.#events.add(() => this.#listener.onWarning(message, hint));
  }

  #works(): void {
    if (this.#state === 'closed') return;
    this.#state = 'working';
    this.#events.add(() => this.#listener.onWorking());
    // Reading may have waited for it, too.
    for (const lane of this.#lanes.all) if (lane.backlog > 0) this.onSynced(lane);
    this.#planTidying();
  }

  degrade(cause: unknown): void {
    this.#refuse(storeTrouble(this.#folder.path, cause));
  }

  #refuse(error: NorthwardError): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'degraded') this.#events.add(() => this.#listener.onDegraded(error));
    this.#state = 'degraded';
    if (this.#closing) return;
    this.#tryTimer ??= this.#clock.inBackground(TRY_AGAIN_MS, () => {
      this.#tryTimer = null;
      void this.#tryAgain();
    });
  }

  async #tryAgain(): Promise<void> {
    if (!this.#opened) {
      await this.open();
      return;
    }
    try {
      await this.#probe();
      this.#works();
    } catch (cause) {
      this.degrade(cause);
    }
  }

  async #probe(): Promise<void> {
    try {
      if (!this.#keeper.hasFile) await this.#makeFolderAgain();
      await this.#folder.probe();
      await this.writeState();
    } catch (cause) {
      if (errnoOf(cause) !== 'ENOENT') throw cause;
      await this.#makeFolderAgain();
    }
  }

  /** Somebody has removed it: what it held is lost, what gathers now is not. */
  async #makeFolderAgain(): Promise<void> {
    await this.#keeper.end();
    const findings = await this.#folder.makeAgain(this.#lanes.all.map(({ name }) => name));
    if (findings instanceof NorthwardError) throw findings;
    this.#keeper.begin(findings.file);
    await this.writeState();
  }

  #planTidying(): void {
    if (this.#closing) return;
    this.#tidyTimer ??= this.#clock.inBackground(TIDY_MS, () => {
      // No commit is under way then.
      void this.#turns.take(() => this.#tidy());
    });
  }

  async #tidy(): Promise<void> {
    this.#tidyTimer = null;
    if (!this.working) return;
    try {
      await this.#quota.look();
      this.#warnOfRoom();
      for (const lane of this.#lanes.all) await lane.tidy();
    } catch (cause) {
      this.degrade(cause);
    }
    this.#planTidying();
  }

  #warnOfRoom(): void {
    const { isLow } = this.#quota;
    if (isLow && !this.#warnedOfRoom) {
      this.#warn(
        `The disk of the store in ${this.#folder.path} has less room than uplink.store.minFreeBytes: the store does not grow until it has more.`,
        'Free some space on the disk, or lower uplink.store.minFreeBytes.',
      );
    }
    this.#warnedOfRoom = isLow;
  }

  onSynced(lane: Lane): void {
    this.#events.add(() => this.#listener.onSynced(lane));
  }

  onUnstored(lane: Lane, records: readonly StoredRecord[]): void {
    this.#events.add(() => this.#listener.onUnstored(lane, records));
  }

  onLost(lane: Lane, cause: LossCause, records: readonly Lost[]): void {
    this.#books.records(mainLaneOf(lane.name), cause, records, isInOrder(lane));
    this.#events.add(() => this.#listener.onLost(lane, cause, records, eventsOf(records)));
  }

  onMissing(lane: Lane, cause: LossCause, from: number, count: number): void {
    this.#books.places(mainLaneOf(lane.name), cause, count, isInOrder(lane) ? from : 0);
    this.#events.add(() => this.#listener.onLost(lane, cause, [], count));
  }

  onUnreadable(lane: Lane, cause: unknown): void {
    const { message, hint } = storeTrouble(this.#folder.path, cause);
    this.#warn(`Lane ${lane.name}: ${message}`, hint);
    this.#clock.inBackground(TRY_AGAIN_MS, () => {
      if (this.#state !== 'closed') this.onSynced(lane);
    });
  }

  lose(
    lane: string,
    record: Pick<OutgoingRecord, 'kind' | 'timestampMs' | 'value' | 'key' | 'packed'>,
    cause: LossCause,
  ): void {
    const from = this.#lanes.named(lane);
    from.lost += 1;
    this.#books.record(mainLaneOf(lane), cause, record, isInOrder(from) ? from.mark : 0);
  }

  ledger(): readonly LossEntry[] {
    return this.#books.entries;
  }

  get gaps(): readonly DataGap[] {
    return this.#books.gaps.all;
  }

  acknowledgeGap(id: number): void {
    if (this.#books.gaps.acknowledge(id)) this.stateChanged();
  }

  isFull(lane: Lane, bytes: number): boolean {
    return this.#quota.isFull(lane, bytes);
  }

  makeWay(lane: Lane, bytes: number): Promise<void> {
    return this.#quota.makeWay(lane, bytes);
  }

  keepDamaged(path: string): Promise<void> {
    return this.#damaged.keep(path);
  }

  async makeRoom(cause: unknown): Promise<boolean> {
    try {
      if (isFull(cause)) return await this.#quota.onDiskFull();
      if (errnoOf(cause) === 'ENOENT') await this.#makeFolderAgain();
      return true;
    } catch {
      return false;
    }
  }

  stateChanged(): void {
    this.#keeper.changed();
  }

  writeState(): Promise<void> {
    return this.#keeper.write();
  }

  #stateNow(): StoreState {
    return { ...this.#identity, lanes: this.#lanes.all.map((lane) => lane.state), ...this.#books.state };
  }

  #removeDone({ lanes }: StoreState): void {
    for (const { name, mark } of lanes) {
      this.#lanes
        .named(name)
        .removeDone(mark)
        .catch((cause: unknown) => {
          this.degrade(cause);
        });
    }
  }

  metrics(): StoreMetrics {
    const all = this.#lanes.all;
    return {
      state: this.#state,
      lanes: this.#lanes.byImportance.map((lane) => this.#laneMetrics(lane)),
      bytesWritten: all.reduce((sum, lane) => sum + lane.bytesWritten, this.#keeper.bytesWritten),
      commits: all.reduce((sum, lane) => sum + lane.commits, 0),
      syncMs: this.#lanes.lastSyncMs,
      freeBytes: this.#folder.freeBytes,
      fullInMs: this.#quota.fullInMs,
    };
  }

  get fullAt(): number | null {
    return this.#quota.fullAt;
  }

  #laneMetrics(lane: Lane): StoreLaneMetrics {
    const parked = this.#lanes.parked(lane.name);
    const ages = [lane.oldestMs, parked.oldestMs].flatMap((age) => age ?? []);
    return {
      lane: lane.name,
      messages: lane.messages + parked.messages,
      bytes: lane.bytes + parked.bytes,
      parked: parked.messages,
      oldestMs: ages.length === 0 ? null : Math.max(...ages),
      written: lane.written,
      replayed: lane.replayed + parked.replayed,
      lost: lane.lost + parked.lost,
    };
  }

  async flush(): Promise<void> {
    await Promise.all(this.#lanes.all.map((lane) => lane.flush()));
  }

  async close(deadline: Promise<unknown>): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#tryTimer?.cancel();
    this.#tidyTimer?.cancel();
    await Promise.race([this.#end(), deadline]);
    this.#state = 'closed';
    for (const lane of this.#lanes.all) lane.giveUp();
    await this.#events.told();
  }

  async #end(): Promise<void> {
    await this.#opening;
    if (this.working) await this.flush();
    await this.#looking;
    this.#state = 'closed';
    try {
      await this.#turns.take(() => this.#seal());
      if (this.#opened) await this.writeState();
      for (const lane of this.#lanes.all) await lane.settle();
    } catch {
      // The next life finds what is there.
    }
    await this.#keeper.end();
    await this.#folder.release();
  }

  async #seal(): Promise<void> {
    for (const lane of this.#lanes.all) await lane.seal();
  }
}

/** Whether what is lost has a place in the order of its lane: what was parked has not. */
function isInOrder({ name }: Lane): boolean {
  return mainLaneOf(name) === name;
}
