import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, root } from '../support/doc-pages.js';
import { startKafka, describeWithOwnKafka, type TestKafka } from '../support/kafka-cluster.js';

const page = blocksOf('docs/quick-start.md', await readFile(path.join(root, 'docs/quick-start.md'), 'utf8'));
const run = promisify(execFile);
let folder: string;

/** A gateway that does not say what it should fails the test after so long. */
const PATIENCE_MS = 40_000;

/** The page's program that begins with its name. */
const program = (name: string): string =>
  page.find(({ language, code }) => language === 'ts' && code.startsWith(`// ${name}\n`))?.code ?? '';

/** The page's commands that have these words in them. */
const commands = (words: string): string =>
  page.find(({ language, code }) => language === 'sh' && code.includes(words))?.code ?? '';

beforeAll(async () => {
  await mkdir(path.join(root, '.tmp'), { recursive: true });
  folder = await mkdtemp(path.join(root, '.tmp/quick-start-'));
  for (const name of ['gateway.js', 'send.js']) await writeFile(path.join(folder, name), program(name));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** gateway.js, and what it says. */
class Gateway {
  readonly #child: ChildProcess;
  #said = '';
  #heard: () => void = () => undefined;

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, ['gateway.js', ...args], { cwd: folder });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.#said += String(chunk);
        this.#heard();
      });
  }

  /** The first match in what it says, now or later. */
  async says(words: RegExp): Promise<string> {
    for (;;) {
      const match = words.exec(this.#said);
      if (match !== null) return match[1] ?? match[0];
      await new Promise<void>((resolve, reject) => {
        this.#heard = resolve;
        setTimeout(reject, PATIENCE_MS, new Error(`${words} is not in: ${this.#said}`)).unref();
      });
    }
  }

  async interrupt(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    expect(await ended).toBe(0);
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

describe('docs/quick-start.md', () => {
  it('without a Kafka: the first message and the first command', async () => {
    using gateway = new Gateway();
    const address = await gateway.says(/Kafka at (\S+)\n/);
    await gateway.says(/status: 'delivered',\s+topic: 'plant\.telemetry'/);
    const send = commands('node send.js').replace(/127\.0\.0\.1:\d+/, address);
    await run('bash', ['-c', send], { cwd: folder });
    await gateway.says(/w-1: write 21\.5 to point 7\n/);
    await run('bash', ['-c', send.replace('"value"', '"valu"')], { cwd: folder });
    await gateway.says(/no command: plant\.write: write_point: value: expected a boolean, .*found nothing\n/);
    await gateway.interrupt();
    await gateway.says(/stopped: \{\s+flushed: 0,\s+stored: 0,\s+undelivered: 0,/);
  });
});

describeWithOwnKafka('docs/quick-start.md on a real Kafka', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  const shell = async (script: string): Promise<string> => {
    const own = script.replace(/^export KAFKA=\S+/, `export KAFKA=${kafka.bootstrapServers}`);
    const env = { ...process.env, KAFKA: kafka.bootstrapServers };
    return (await run('bash', ['-ec', own], { cwd: root, env, timeout: 90_000 })).stdout;
  };

  it('its commands make the topics, send a command and show what the gateway sent', async () => {
    await shell(commands('--create --topic plant.write '));
    using gateway = new Gateway(kafka.bootstrapServers);
    await gateway.says(/status: 'delivered'/);
    await shell(commands('console-producer'));
    await gateway.says(/w-2: write 22 to point 7\n/);
    const shown = await shell(commands('console-consumer'));
    expect(shown).toMatch(
      /device_name:pump-1\t1001\t\{"ts_ms":\d+,"values":\{"running":true,"temperature":25.6\}\}\n/,
    );
    expect(shown).toMatch(/"status":"Success","applied_value":22,/);
    expect(shown).toMatch(/ng-gateway-plugin-1 +plant\.write +\d +1 +1 +0 /);
    await gateway.interrupt();
  });
});
