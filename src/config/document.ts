/** What a host writes its configuration with: a typed literal, imported JSON, a text or a file. */
import { createReadStream } from 'node:fs';
import { ConfigError, type ConfigProblem } from '../api/errors.js';
import { reasonOf } from '../api/reason.js';
import { MAX_CHARACTERS } from './clone.js';
import { kindOf } from './describe.js';
import { jsonc } from './jsonc.js';
import { rememberText } from './places.js';
import { readText } from './read-text.js';
import type { NorthwardConfig } from '../api/config.js';

/** No character of UTF-8 takes more for one of JavaScript's. */
const MAX_BYTES = 3 * MAX_CHARACTERS;

/**
 * A configuration in a file of its own, checked by the compiler where it is written, misspelt keys included. Gives back
 * what it takes.
 */
export function defineConfig(config: NorthwardConfig): NorthwardConfig {
  return config;
}

/**
 * Says that something is meant as a configuration which the compiler cannot check, such as imported JSON: the types of an
 * `import … from './northward.json'` are too wide (`protocol` is any string). Gives back what it takes, and checks nothing:
 * `createKafkaNorthward()` does, as it does with any other.
 */
export function asConfig(json: unknown): NorthwardConfig {
  return json as NorthwardConfig;
}

/**
 * Reads a configuration from a text: JSON, in which comments and commas at the end of lists are allowed. What
 * `createKafkaNorthward()` then finds wrong with the document has its line and column too.
 *
 * @param options.source name of the text for messages, such as that of its file.
 * @throws ConfigError where the text is no JSON object, or has a key twice; each problem with its line and column.
 */
export function parseConfigText(
  text: string,
  options: { readonly source?: string | undefined } = {},
): NorthwardConfig {
  const { source } = options;
  if (typeof text !== 'string') throw refused('a text', kindOf(text), source);
  const { value, places, problems } = readText(jsonc(), text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (problems.length > 0) throw new ConfigError(problems, { source });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused('an object', kindOf(value), source, places.get(''));
  }
  rememberText(value, { source, places });
  return value as NorthwardConfig;
}

/**
 * Reads a configuration from a file, as `parseConfigText()` does from a text.
 *
 * @param path or the URL of a file, such as `new URL('northward.json', import.meta.url)`.
 * @throws ConfigError as there, and where the file cannot be read (`cause` has the reason) or is not UTF-8.
 */
export async function loadConfigFile(path: string | URL): Promise<NorthwardConfig> {
  if (typeof path !== 'string' && !(path instanceof URL)) throw refused('a path or a URL', kindOf(path));
  const source = String(path);
  return parseConfigText(decode(await readBytes(path, source), source), { source });
}

/** Never more than a configuration may have, whatever kind of file it is. */
async function readBytes(path: string | URL, source: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: MAX_BYTES })) chunks.push(chunk as Buffer);
  } catch (cause) {
    const problem = { path: '', message: `the file cannot be read: ${reasonOf(cause)}` };
    throw new ConfigError([problem], { source, cause });
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer, source: string): string {
  if (bytes.length > MAX_BYTES) throw refused(`at most ${MAX_CHARACTERS} characters`, 'more', source);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused('a file in UTF-8', 'another encoding', source);
  }
}

function refused(
  expected: string,
  found: string,
  source?: string,
  place: Pick<ConfigProblem, 'line' | 'column'> = {},
): ConfigError {
  const message = `expected ${expected}; found ${found}`;
  return new ConfigError([{ path: '', message, expected, found, ...place }], { source });
}
