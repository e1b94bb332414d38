/** The command line in this process, with streams of the test's own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterAll } from 'vitest';
import { main } from '../../src/cli/main.js';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Readable;
  /** Standard output and standard error are a terminal. */
  readonly terminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly interrupted?: AbortSignal;
  /** Is told each piece of standard output. */
  readonly onOutput?: (text: string) => void;
  /** The same of standard error. */
  readonly onNote?: (text: string) => void;
}

class Collected extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly #onText: (text: string) => void;

  constructor(isTTY: boolean, onText: (text: string) => void = () => undefined) {
    super();
    this.isTTY = isTTY;
    this.#onText = onText;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.#onText(chunk.toString());
    done();
  }
}

/** Runs what is typed behind `npx ng-kafka-northward`. */
export async function runCli(typed: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { stdin = '', terminal = false, env = {}, interrupted = new AbortController().signal } = options;
  const stdout = new Collected(terminal, options.onOutput);
  const stderr = new Collected(terminal, options.onNote);
  const given = typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin;
  const code = await main(typed, { stdin: given, stdout, stderr, env, interrupted });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A stream whose reader has gone away, as behind `| head`. */
export function brokenPipe(): Writable & { readonly isTTY: boolean } {
  const stream = new PassThrough();
  stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  return Object.assign(stream, { isTTY: false });
}

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder that is removed after the tests of the file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-northward-cli-'));
  folders.push(folder);
  return folder;
}

/** A file in a folder of its own; what is no text is written as JSON. */
export async function fileOf(content: unknown, name = 'northward.json'): Promise<string> {
  const file = path.join(await temporaryFolder(), name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
