/** Loggers that need no code of the host's: the console, and pino. */
import type { Logger } from '../api/uplink.js';

type Level = keyof Logger;
type Fields = Readonly<Record<string, unknown>>;

/** What of pino is used: each level takes the fields first, then the message. A `Logger` of pino fits, and each of its children. */
export interface PinoLike {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * A logger of this library that writes to one of pino. This library says `(message, fields)`, pino wants `(fields, message)`: handed over as
 * it is, it would drop the fields, and with them the hints.
 *
 * @param pino a logger of pino; for several applications in one process, a child for each: `log.child({ app: 'plant' })`
 */
export function pinoLogger(pino: PinoLike): Logger {
  return {
    debug: (message, fields) => {
      pino.debug(fields ?? {}, message);
    },
    info: (message, fields) => {
      pino.info(fields ?? {}, message);
    },
    warn: (message, fields) => {
      pino.warn(fields ?? {}, message);
    },
    error: (message, fields) => {
      pino.error(fields ?? {}, message);
    },
  };
}

/** What the host gave as `logger`. */
export function loggerOf(given: Logger | 'console' | undefined): Logger | undefined {
  return given === 'console' ? consoleLogger() : given;
}

/**
 * One line each: time, level, message, and the fields as JSON. `debug` is left out: these are librdkafka's own lines, which few want to see.
 */
function consoleLogger(): Logger {
  const at =
    (level: Exclude<Level, 'debug'>) =>
    (message: string, fields?: Fields): void => {
      console[level](lineOf(level, message, fields));
    };
  return { debug: () => undefined, info: at('info'), warn: at('warn'), error: at('error') };
}

const WIDTH = 5;

function lineOf(level: Level, message: string, fields: Fields | undefined): string {
  const shown = fields === undefined ? undefined : JSON.stringify(fields, exactly);
  const tail = shown === undefined || shown === '{}' ? '' : ` ${shown}`;
  return `${new Date().toISOString()} ${level.padEnd(WIDTH)} ${onOneLine(message)}${tail}`;
}

/** JSON knows no bigint. */
function exactly(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** A name of a device or a topic may hold anything: a line stays a line, and a terminal is told nothing. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
