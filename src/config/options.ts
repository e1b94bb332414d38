/** What the host hands over beside the document: an object of JavaScript, which may be anything. */
import type { CreateOptions } from '../api.js';
import { ConfigError } from '../errors.js';
import { kindOf } from './describe.js';

const NAMES = ['app', 'retryPolicy', 'pointMeta', 'logger', 'now', 'unknownKeys'] as const;

/** Reads each option once. @throws ConfigError where that is not possible. */
export function readOptions(given: unknown): CreateOptions {
  if (given === null || given === undefined) return {};
  if (typeof given !== 'object') throw refused('options', 'an object', kindOf(given));
  return Object.fromEntries(NAMES.map((name) => [name, read(given, name)]));
}

function read(given: object, name: (typeof NAMES)[number]): unknown {
  try {
    return (given as CreateOptions)[name];
  } catch {
    throw refused(`options.${name}`, 'a value', 'a getter that throws');
  }
}

function refused(path: string, expected: string, found: string): ConfigError {
  return new ConfigError([{ path, message: `expected ${expected}; found ${found}`, expected, found }]);
}
