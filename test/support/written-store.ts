/** A store on disk as a gateway left it, or has it in use. */
import { parseConfig } from '../../src/config/parse.js';
import { systemClock } from '../../src/core/clock.js';
import { RecordHeaders } from '../../src/record/outgoing-record.js';
import { CommitTurns } from '../../src/store/commit-scheduler.js';
import { NodeDisk } from '../../src/store/node-disk.js';
import { DiskStore } from '../../src/store/store.js';
import { until } from './memory-northward.js';

const nothing = (): void => undefined;

export class WrittenStore {
  readonly store: DiskStore;

  /** @param document a configuration with a store */
  constructor(document: unknown) {
    const { store } = parseConfig(document).config.uplink;
    this.store = new DiskStore(store!, new NodeDisk(), systemClock(), new CommitTurns(), {
      onSynced: nothing,
      onLost: nothing,
      onUnstored: nothing,
      onDegraded: nothing,
      onWorking: nothing,
      onWarning: nothing,
    });
  }

  async write(
    kind: 'telemetry' | 'alarm',
    value: string,
    count: number,
    headers = new RecordHeaders([['note', 'a\u001bb']]),
  ): Promise<void> {
    const lane = this.store.lane(kind === 'alarm' ? 'critical' : kind);
    for (let n = 0; n < count; n += 1) {
      const record = {
        topic: 'data',
        key: Buffer.from('k'),
        value: Buffer.from(value),
        headers,
        timestampMs: 1,
      };
      const about = { kind, deviceId: 1, deviceName: 'pump-1', life: this.store.life, sequence: n };
      lane.append({ ...record, ...about, acceptedAtMs: Date.now(), handedOver: false }, false);
    }
    await this.store.flush();
    await until('it is synced', () => lane.unsynced.messages === 0);
  }

  close(): Promise<void> {
    return this.store.close(new Promise(() => undefined));
  }
}
