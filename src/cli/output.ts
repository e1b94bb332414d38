/** What a command prints: lines for people, or JSON for programs; and what becomes of a reader that goes away. */
import { escaped, jsonText } from './escape.js';
import type { World } from './world.js';

/** What takes longer is announced. */
const PATIENCE_MS = 1_000;

const ESCAPE = '\u001b';
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
} as const;
/** What `paint()` adds. Nothing else that is printed has an escape in it. */
const COLOURS = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');

export type Style = keyof typeof STYLES;

export class Output {
  /** Whether `--json` was given. */
  readonly json: boolean;
  readonly #stdout: World['stdout'];
  readonly #stderr: World['stderr'];
  readonly #coloured: boolean;
  readonly #closed = new AbortController();
  #failure: Error | undefined;
  #hearsNotes = true;

  constructor({ stdout, stderr, env }: Pick<World, 'stdout' | 'stderr' | 'env'>, json: boolean) {
    this.json = json;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#coloured = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb' && !json;
    stdout.on('error', (error) => {
      if ((error as { code?: unknown }).code !== 'EPIPE') this.#failure ??= error;
      this.#closed.abort();
    });
    stderr.on('error', () => {
      this.#hearsNotes = false;
    });
  }

  /** Aborted when nobody reads what is printed, as behind `| head`. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Why printing failed, unless it is that nobody reads. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** A line for people, on standard output. What comes from outside has gone through `safe()`. */
  line(text = ''): void {
    this.#write(this.#stdout, `${text}\n`);
  }

  /** A JSON document in a line of its own, for programs. */
  document(value: unknown): void {
    this.#write(this.#stdout, `${jsonText(value)}\n`);
  }

  /** A line beside the output, on standard error. */
  note(text: string): void {
    this.#write(this.#stderr, `${text}\n`);
  }

  #write(stream: World['stdout'], text: string): void {
    const isOpen = stream === this.#stdout ? !this.#closed.signal.aborted : this.#hearsNotes;
    if (isOpen) stream.write(stream.isTTY === true ? text : text.replaceAll(COLOURS, ''));
  }

  /** Text from outside, so that it does no harm to a terminal. */
  safe(text: string): string {
    return escaped(text);
  }

  /** For a terminal: elsewhere it is printed without the colour. */
  paint(style: Style, text: string): string {
    const [on, off] = STYLES[style];
    return this.#coloured ? `${ESCAPE}[${on}m${text}${ESCAPE}[${off}m` : text;
  }

  /** Resolves when the reader of standard output has taken most of what was printed, or is gone. */
  async drained(): Promise<void> {
    if (!this.#stdout.writableNeedDrain || this.#closed.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#stdout.once('drain', resolve);
      this.#closed.signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }

  /** Resolves when all is out, or nobody takes it. */
  async end(): Promise<void> {
    for (const stream of [this.#stdout, this.#stderr]) {
      await new Promise<void>((resolve) => {
        if (stream.destroyed) resolve();
        else
          stream.write('', () => {
            resolve();
          });
      });
    }
  }

  /** Says what is waited for when it takes longer than a second, on standard error; on a terminal the line goes away again. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    const onTerminal = this.#stderr.isTTY === true;
    let shown = false;
    const timer = setTimeout(() => {
      shown = true;
      this.#write(this.#stderr, onTerminal ? `${what} …` : `${what} …\n`);
    }, PATIENCE_MS);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      if (shown && onTerminal) this.#write(this.#stderr, '\r\u001b[K');
    }
  }
}
