import { afterEach, describe, expect, it, vi } from 'vitest';
import { pino } from 'pino';
import { ConfigError, createKafkaNorthward, pinoLogger, type Logger } from '../../../src/index.js';
import { createMemoryNorthward, MEMORY_CONFIG } from '../../../src/testing/index.js';
import { loggerOf } from '../../../src/observability/loggers.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** What is written to the console meanwhile. */
function onConsole(): Array<readonly [method: string, line: string]> {
  const lines: Array<readonly [string, string]> = [];
  for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      lines.push([method, args.join(' | ')]);
    });
  }
  return lines;
}

describe("logger: 'console'", () => {
  it('prints one line for each of info, warn and error: time, level, message, fields; nothing of debug', async () => {
    const lines = onConsole();
    const northward = createMemoryNorthward(MEMORY_CONFIG, { logger: 'console' });
    await northward.start();
    await northward.setConnected(false);
    await northward.stop();
    expect(lines.map(([method]) => method)).toEqual(expect.arrayContaining(['info', 'warn']));
    expect(lines.filter(([method]) => method === 'debug' || method === 'log')).toEqual([]);
    for (const [, line] of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (info|warn|error) +\S/);
    expect(lines.map(([, line]) => line).find((line) => line.includes('away'))).toMatch(
      /Z warn {2}memory:9092: away, as the test wants it \{"code":"BROKER_UNREACHABLE","hint":"Check connection\.bootstrapServers, [^\n]+"\}$/,
    );
  });

  it('given a name with line breaks and escapes, then it stays one line, and the terminal is told nothing', () => {
    const lines = onConsole();
    const logger = loggerOf('console');
    logger?.warn('a\nb\u001b[2Jc\u0085d', { topic: 'e\nf', count: 1n });
    logger?.error('plain', {});
    logger?.info('plain');
    expect(lines.map(([, line]) => line.replace(/^\S+ /, ''))).toEqual([
      'warn  a\\u000ab\\u001b[2Jc\\u0085d {"topic":"e\\nf","count":"1"}',
      'error plain',
      'info  plain',
    ]);
  });
});

describe('pinoLogger()', () => {
  const written = (make: (log: pino.Logger) => Logger): Record<string, unknown>[] => {
    const lines: Record<string, unknown>[] = [];
    const write = (text: string): void => {
      lines.push(JSON.parse(text) as Record<string, unknown>);
    };
    const logger = make(pino({ level: 'debug', base: null, timestamp: false }, { write }));
    logger.debug('one');
    logger.info('two', { side: 'uplink' });
    logger.warn('three %s', { hint: 'do it' });
    logger.error('four', { code: 'TLS_FAILED' });
    return lines;
  };

  it('hands message and fields over in the order of pino, on the same level', () => {
    expect(written(pinoLogger)).toEqual([
      { level: 20, msg: 'one' },
      { level: 30, side: 'uplink', msg: 'two' },
      { level: 40, hint: 'do it', msg: 'three %s' },
      { level: 50, code: 'TLS_FAILED', msg: 'four' },
    ]);
  });

  it('is needed: without it pino drops the fields', () => {
    const [, two] = written((log) => log as unknown as Logger);
    expect(two).not.toHaveProperty('side');
  });
});

describe('a logger that would log nothing, or without its fields', () => {
  const config = {
    connection: { bootstrapServers: 'a:9092' },
    uplink: { telemetry: { enabled: true } },
    downlink: { enabled: false },
  };
  const problemsOf = (logger: unknown): unknown => {
    try {
      createKafkaNorthward(config, { logger: logger as Logger });
      return null;
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };

  it.each([
    ['another word', 'stdout', '"stdout"'],
    ['pino itself', pino({ level: 'silent' }), 'a logger of pino, which wants (fields, message)'],
    [
      'a child of pino',
      pino({ level: 'silent' }).child({ app: 'a' }),
      'a logger of pino, which wants (fields, message)',
    ],
  ])('%s: is refused by name', (_what, logger, found) => {
    expect(problemsOf(logger)).toMatchObject([{ path: 'options.logger', found }]);
  });

  it('given the console itself, or an object of the host, then it is taken', () => {
    expect(problemsOf(console)).toBeNull();
    expect(problemsOf({ warn: () => undefined })).toBeNull();
  });
});
