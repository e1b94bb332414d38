import type { ConfigProblem } from '../../../src/api/errors.js';
import { ConfigError } from '../../../src/api/errors.js';
import { parseConfig } from '../../../src/config/parse.js';
import type { ParseOptions } from '../../../src/config/parse.js';
import type { ResolvedConfig } from '../../../src/config/resolve.js';

/** Just enough for a configuration; `sections` beside or instead. */
export function document(sections: Record<string, unknown> = {}): Record<string, unknown> {
  return { connection: { bootstrapServers: 'kafka' }, ...sections };
}

export function resolved(sections: Record<string, unknown> = {}, options?: ParseOptions): ResolvedConfig {
  return parseConfig(document(sections), options).config;
}

/** The error that a document is refused with. */
export function refusal(input: unknown, options?: ParseOptions): ConfigError {
  try {
    parseConfig(input, options);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the document was accepted');
}

export function problemsOf(
  sections: Record<string, unknown>,
  options?: ParseOptions,
): readonly ConfigProblem[] {
  return refusal(document(sections), options).problems;
}

export function warningsOf(
  sections: Record<string, unknown>,
  options?: ParseOptions,
): readonly ConfigProblem[] {
  return aboutMore(parseConfig(document(sections), options).warnings);
}

/** Most documents of these tests enable nothing, which is a warning of its own. */
export function aboutMore(warnings: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return warnings.filter(({ message }) => !message.startsWith('no kind is enabled'));
}

export function pathsOf(problems: readonly ConfigProblem[]): string[] {
  return problems.map(({ path }) => path);
}

/** The value at a dotted path. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce((v, key) => (v as Record<string, unknown>)[key], value);
}

/** `{ a: { b: value } }` for `a.b`. */
export function nest(path: string, value: unknown): Record<string, unknown> {
  return path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}
