import { reasonOf } from '../../api/reason.js';
import { Handlebars } from './handlebars.js';

/** Handlebars' parser takes ever longer, the longer the text. */
const MAX_TEMPLATE_LENGTH = 4_096;

/** A comment renders as nothing, and keeps what stands on either side of it apart. */
const NOTHING = '{{!}}';

/** A mustache; or what holds none, though it looks like it: `\{{`, raw blocks, comments. */
const MUSTACHE = new RegExp(
  [
    String.raw`(?<!\\)\\\{\{`,
    String.raw`\{\{\{\{[^}]*\}\}\}\}[^]*?\{\{\{\{\/[^}]*\}\}\}\}`,
    String.raw`\{\{~?!--[^]*?--~?\}\}`,
    String.raw`\{\{~?![^]*?\}\}`,
    `(${mustache(String.raw`\{\{~?\{`, String.raw`\}~?\}\}`)}|${mustache(String.raw`\{\{`, String.raw`\}\}`)})`,
  ].join('|'),
  'g',
);

/** What stands between the braces; a quoted text or `[name]` may hold braces. */
function mustache(open: string, close: string): string {
  return String.raw`${open}(?:"(?:\\"|[^"])*"|'(?:\\'|[^'])*'|\[(?:\\\]|[^\]])*\]|[^"'[\]{}])*?${close}`;
}

/** Throws an Error with a message for people when the template does not parse. */
export function parseTemplate(source: string): hbs.AST.Program {
  if (source.length > MAX_TEMPLATE_LENGTH) {
    throw new Error(`is longer than ${MAX_TEMPLATE_LENGTH} characters`);
  }
  const readable = separateBraces(source);
  try {
    return Handlebars.parse(readable);
  } catch (cause) {
    const reason = reasonOf(cause).replaceAll(NOTHING, '').replaceAll('\n', ' ');
    throw new Error(`does not parse: ${reason}`, { cause });
  }
}

/**
 * A brace right behind a mustache, `{"id":{{device_id}}}`: Handlebars.js takes three braces for the end of `{{{`, and
 * refuses what the original renders.
 */
function separateBraces(source: string): string {
  return source.replace(MUSTACHE, (whole, mustache: string | undefined, at: number) =>
    mustache !== undefined && source[at + whole.length] === '}' ? whole + NOTHING : whole,
  );
}
