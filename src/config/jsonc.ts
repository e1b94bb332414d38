/** The parser of JSON with comments, at its first use: whoever writes the configuration in code need not wait for it at each start. */
import { createRequire } from 'node:module';
import type * as Jsonc from 'jsonc-parser';

let loaded: typeof Jsonc | undefined;

export function jsonc(): typeof Jsonc {
  loaded ??= createRequire(import.meta.url)('jsonc-parser') as typeof Jsonc;
  return loaded;
}

/** The text of JSON, laid out over lines: each number and text stays as it is written. */
export function indentedJson(text: string): string {
  const { format, applyEdits } = jsonc();
  return applyEdits(text, format(text, undefined, { insertSpaces: true, tabSize: 2, eol: '\n' }));
}
