import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/cli/lines.js';

const never = new AbortController().signal;

async function read(chunks: readonly (string | Buffer)[], stopping = never): Promise<string[]> {
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  const lines: string[] = [];
  for await (const { number, bytes } of linesOf(stream, 'a file', stopping))
    lines.push(`${number} ${bytes.toString()}`);
  return lines;
}

describe('the lines of a stream', () => {
  it.each([
    [['a\nb'], ['1 a', '2 b']],
    [
      ['a', 'b\n', '\n', ' \t\r\n', 'c\n'],
      ['1 ab', '4 c'],
    ],
    [[Buffer.from([0xc3]), Buffer.from([0xbc, 0x0a])], ['1 ü']],
    [[], []],
  ])('given %j, then they are %j', async (chunks, lines) => {
    expect(await read(chunks)).toEqual(lines);
  });

  it('given a stream that stays open, then a stop ends it', async () => {
    const stopping = new AbortController();
    const stream = new PassThrough();
    stream.write('a\n');
    const lines: number[] = [];
    for await (const { number } of linesOf(stream, 'a file', stopping.signal)) {
      lines.push(number);
      stopping.abort();
    }
    expect({ lines, destroyed: stream.destroyed }).toEqual({ lines: [1], destroyed: true });
    expect(await read(['a\n'], stopping.signal)).toEqual([]);
  });

  it('given a stream that breaks, then the name of what it is is told', async () => {
    const stream = new PassThrough();
    stream.destroy(new Error('gone'));
    await expect(async () => {
      for await (const _ of linesOf(stream, 'a file', never));
    }).rejects.toThrow('a file cannot be read: gone');
  });
});
