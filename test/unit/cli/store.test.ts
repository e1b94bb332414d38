import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { RecordHeaders } from '../../../src/record/outgoing-record.js';
import { fileOf, runCli, temporaryFolder } from '../../support/cli.js';
import { WrittenStore } from '../../support/written-store.js';

class Scene extends WrittenStore {
  readonly folder: string;
  readonly file: string;

  constructor(folder: string, file: string, document: unknown) {
    super(document);
    this.folder = path.join(folder, 'app-7');
    this.file = file;
  }

  static async open(): Promise<Scene> {
    const folder = await temporaryFolder();
    const document = {
      app: { id: 7 },
      connection: { bootstrapServers: '127.0.0.1:9' },
      uplink: { telemetry: { enabled: true }, store: { path: folder } },
    };
    const scene = new Scene(folder, await fileOf(document), document);
    await scene.store.open();
    return scene;
  }

  /** Every file with what is in it, but the sockets of the lock. */
  async content(): Promise<unknown> {
    const names = await readdir(this.folder, { recursive: true, withFileTypes: true });
    const files = names.filter((each) => each.isFile()).map((each) => path.join(each.parentPath, each.name));
    return Promise.all(
      files.toSorted().map(async (file) => {
        const { mtimeMs } = await stat(file);
        return [
          file,
          createHash('sha256')
            .update(await readFile(file))
            .digest('hex'),
          mtimeMs,
        ];
      }),
    );
  }
}

const json = async (...typed: string[]): Promise<Record<string, unknown>> => {
  const { code, stdout } = await runCli([...typed, '--json']);
  return { code, ...(JSON.parse(stdout) as Record<string, unknown>) };
};

describe('store', () => {
  it('given a store that a gateway has in use, then it is read as it is, and nothing in it changes', async () => {
    const scene = await Scene.open();
    await scene.write('telemetry', '{"n":1}', 3);
    await scene.write('alarm', 'a', 2);
    scene.store.lose(
      scene.store.lanes[0]!.name,
      { kind: 'alarm', timestampMs: 1, value: null, key: null },
      'refused',
    );
    await scene.store.writeState();
    const before = await scene.content();
    const { code, owned, waiting, losses } = await json('store', scene.file);
    expect({ code, owned }).toEqual({ code: 0, owned: true });
    expect(waiting).toMatchObject([
      { lane: 'critical', parked: false, kind: 'alarm', messages: 2, bytes: 4 },
      { kind: 'telemetry', messages: 3, bytes: 24 },
    ]);
    expect(losses).toMatchObject([{ cause: 'refused', kind: 'alarm', count: 1 }]);
    const { stdout } = await runCli(['store', scene.file]);
    expect(stdout).toMatch(
      /app-7: 5 messages waiting, in use by a gateway\n {2}lane critical: 2 alarm, 4 bytes, accepted 20/,
    );
    expect(stdout).toMatch(/lost:\n {2}20..-..-..: 1 alarm of lane critical, no bytes: refused\n$/);
    expect(await scene.content()).toEqual(before);
    await scene.close();
  });

  it('given --export, then a file that only its owner may read has all records; one that is there is not written over', async () => {
    const scene = await Scene.open();
    await scene.write('telemetry', '{"text":"ü\u009b"}', 2);
    const file = path.join(await temporaryFolder(), 'backlog.ndjson');
    expect(await runCli(['store', scene.file, '--export', file])).toMatchObject({
      code: 0,
      stderr: /2 records written to .*backlog\.ndjson/,
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        kind: 'telemetry',
        topic: 'data',
        key: 'k',
        value: '{"text":"ü\u009b"}',
        headers: [['note', 'a\u001bb']],
        id: `${scene.store.id}-1-0`,
      },
      { id: `${scene.store.id}-1-1` },
    ]);
    expect(await runCli(['store', scene.file, '--export', file])).toMatchObject({
      code: 2,
      stderr: /EEXIST/,
    });
    await scene.close();
  });

  it('given --export, then headers have the values that readers get, and an id that a message had before is its id', async () => {
    const scene = await Scene.open();
    const names = ['ts_ms', 'message_id'].map((name) => [name, ''] as const);
    const headers = new RecordHeaders(names, 0, 1);
    await scene.write('telemetry', 'v', 1, headers);
    await scene.write('telemetry', 'v', 1, headers.withIdStart('early-0'));
    const file = path.join(await temporaryFolder(), 'backlog.ndjson');
    await runCli(['store', scene.file, '--export', file]);
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    const exported = (id: string): object => ({
      id,
      headers: [
        ['ts_ms', '1'],
        ['message_id', id],
      ],
    });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      exported(`${scene.store.id}-1-0`),
      exported('early-0-0'),
    ]);
    await scene.close();
  });

  it('given --purge while a gateway uses the store, then it is refused', async () => {
    const scene = await Scene.open();
    await scene.write('telemetry', 'v', 2);
    const { code, stderr } = await runCli(['store', scene.file, '--purge', '--yes']);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: /in use by a gateway: stop it before/ });
    expect((await json('store', scene.file))['waiting']).toMatchObject([{ messages: 2 }]);
    await scene.close();
  });

  it('given --purge, then it asks; with yes all is removed, and the ledger has it', async () => {
    const scene = await Scene.open();
    await scene.write('telemetry', 'v', 2_500);
    await scene.write('alarm', 'v', 1);
    await scene.close();
    const answer = (text: string) => {
      const stdin = Object.assign(new PassThrough(), { isTTY: true });
      stdin.end(text);
      return runCli(['store', scene.file, '--purge'], { stdin, terminal: true });
    };
    expect(await runCli(['store', scene.file, '--purge'])).toMatchObject({
      code: 2,
      stderr: /--yes goes on/,
    });
    expect(await answer('n\n')).toMatchObject({ code: 1, stderr: /Remove 2501 messages from .*\[y\/N\]/ });
    expect((await json('store', scene.file))['waiting']).toMatchObject([
      { messages: 1 },
      { messages: 2_500 },
    ]);
    expect(await answer('y\n')).toMatchObject({ code: 0, stderr: /removed: 2501 messages/ });
    const { waiting, losses, owned } = await json('store', scene.file);
    expect({ waiting, owned }).toEqual({ waiting: [], owned: false });
    expect(losses).toMatchObject([
      { cause: 'purged', kind: 'alarm', count: 1 },
      { cause: 'purged', kind: 'telemetry', count: 2_500 },
    ]);
  });

  it('given no store, or one that is not there yet, then it says so', async () => {
    const none = await fileOf({
      connection: { bootstrapServers: 'a' },
      uplink: { telemetry: { enabled: true } },
    });
    expect(await runCli(['store', none])).toMatchObject({ code: 1, stderr: /has no uplink\.store/ });
    const folder = path.join(await temporaryFolder(), 'not', 'there');
    const uplink = { telemetry: { enabled: true }, store: { path: folder } };
    const file = await fileOf({ app: { id: 7 }, connection: { bootstrapServers: 'a' }, uplink });
    expect(await runCli(['store', file])).toMatchObject({
      code: 0,
      stdout: /: no messages waiting\nnothing was lost\n$/,
    });
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  it('given a state that is damaged, then it is exit code 1, and what is there is shown', async () => {
    const scene = await Scene.open();
    await scene.write('telemetry', 'v', 2);
    await scene.close();
    const state = path.join(scene.folder, 'store.state');
    await chmod(state, 0o600);
    await writeFile(state, Buffer.alloc(1_000, 7));
    const { code, stdout } = await runCli(['store', scene.file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/2 messages waiting[^]*its state cannot be read/);
  });
});
