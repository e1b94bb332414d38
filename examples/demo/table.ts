import type { Progress } from './progress.js';

const COLUMNS = [22, 26, 11, 14, 11] as const;

/** Shows the progress: a table that is redrawn on a terminal, plain lines elsewhere. */
export class Table {
  readonly #progress: Progress;
  readonly #note: () => string;
  readonly #timer: NodeJS.Timeout;
  readonly #began = performance.now();
  #drawnLines = 0;

  /** @param note what else there is to say */
  constructor(progress: Progress, note: () => string) {
    this.#progress = progress;
    this.#note = note;
    const show = process.stdout.isTTY ? () => this.#draw() : () => this.#print();
    this.#timer = setInterval(show, process.stdout.isTTY ? 200 : 2000);
  }

  /** Stops showing what changes. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Shows the last state and ends. */
  finish(): void {
    this.stop();
    this.#draw();
  }

  #draw(): void {
    const lines = [...tableLines(this.#progress), this.#note()];
    const up = this.#drawnLines > 0 ? `\u001b[${this.#drawnLines}A\u001b[J` : '';
    process.stdout.write(`${up}${lines.join('\n')}\n`);
    this.#drawnLines = process.stdout.isTTY ? lines.length : 0;
  }

  #print(): void {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(0).padStart(3);
    const { published, acknowledged, readBack } = totals(this.#progress);
    console.log(
      `${seconds} s: ${published} published, ${acknowledged} acknowledged, ${readBack} read back, ${this.#note()}`,
    );
  }
}

function tableLines(progress: Progress): string[] {
  const { published, acknowledged, readBack } = totals(progress);
  return [
    line(['event', 'topic', 'published', 'acknowledged', 'read back']),
    ...[...progress.kinds.values()].map((row) =>
      line([row.kind, row.topic, row.published, row.acknowledged, row.readBack]),
    ),
    line(['all', '', published, acknowledged, readBack]),
  ];
}

function totals(progress: Progress): { published: number; acknowledged: number; readBack: number } {
  return {
    published: progress.total('published'),
    acknowledged: progress.total('acknowledged'),
    readBack: progress.total('readBack'),
  };
}

function line(cells: readonly (string | number)[]): string {
  return cells
    .map((cell, index) => {
      const width = COLUMNS[index] ?? 0;
      return typeof cell === 'number' || index >= 2 ? String(cell).padStart(width) : cell.padEnd(width);
    })
    .join('');
}
