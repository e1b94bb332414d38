import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { NativeSource } from '../../../src/kafka/client/source.js';
import type { ProducerListener, ProducerPort } from '../../../src/kafka/port/ports.js';

const nothing = (): void => undefined;
const LISTENER: ProducerListener = {
  onCause: nothing,
  onAllBrokersDown: nothing,
  onFatal: nothing,
  onLog: nothing,
  onReport: nothing,
  onTakes: nothing,
  onReturned: nothing,
  onRetry: nothing,
  onNewEpoch: nothing,
};

describe('a further client of the same source', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'source-'));
    file = path.join(folder, 'password');
    await writeFile(file, 'first');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** The passwords with which clients were made, in order. */
  function source() {
    const made: (string | null)[] = [];
    const sasl = { username: 'gateway', password: { file } };
    const security = { protocol: 'sasl_plaintext', sasl };
    const { config } = parseConfig({ connection: { bootstrapServers: 'kafka', security } }, {});
    const native = new NativeSource<ProducerListener, ProducerPort>(config, ({ password }) => {
      made.push(password);
      return Promise.resolve({} as ProducerPort);
    });
    return { native, made };
  }

  it('given a secret that was changed, then it has the new one, and the first client is still told of the change', async () => {
    const { native, made } = source();
    await native.open(LISTENER);
    await native.beside(LISTENER);
    expect(await native.changed()).toBe(false);
    await writeFile(file, 'second');
    await native.beside(LISTENER);
    expect([made, await native.changed()]).toEqual([['first', 'first', 'second'], true]);
  });

  it('given a secret that cannot be read at the moment, then it has that of the first client', async () => {
    const { native, made } = source();
    await native.open(LISTENER);
    await rm(file);
    await native.beside(LISTENER);
    expect(made).toEqual(['first', 'first']);
  });
});
