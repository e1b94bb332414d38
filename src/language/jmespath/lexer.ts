import { cut, reasonOf } from '../../api/reason.js';
import { parseExactText } from '../json/exact-json.js';

/** What the grammar calls a token; a sign is its own type. */
export type TokenType = 'name' | 'quoted name' | 'number' | 'literal' | 'end' | Sign;

export type Sign = (typeof SIGNS)[number];

export interface Token {
  readonly type: TokenType;
  /** As it stands in the expression. */
  readonly text: string;
  /** Where it begins, in UTF-16 units. */
  readonly at: number;
  /** Of a name its letters, of a literal its value, of a number the number. */
  readonly value: unknown;
}

/** Longer ones first, where one begins as another does. */
const SIGNS = [
  ...(['[?', '[]', '&&', '||', '==', '!=', '<=', '>='] as const),
  ...(['.', '*', '@', '[', ']', '{', '}', '(', ')', ',', ':', '&', '|', '<', '>', '!'] as const),
] as const;

const BLANK = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?\d+/y;
/** The original keeps an index in 32 bits; no list is longer. */
const LARGEST_INDEX = 2 ** 31 - 1;

/** The tokens of an expression; the last one is its end. Throws an Error with a message for people. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at <= source.length;) {
    at += matchAt(BLANK, source, at).length;
    const token = tokenAt(source, at);
    tokens.push(token);
    if (token.type === 'end') break;
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(source: string, at: number): Token {
  if (at >= source.length) return { type: 'end', text: '', at, value: null };
  const name = matchAt(NAME, source, at);
  if (name !== '') return { type: 'name', text: name, at, value: name };
  if (source[at] === '-' || matchAt(NUMBER, source, at) !== '') return numberAt(source, at);
  const sign = SIGNS.find((each) => source.startsWith(each, at));
  if (sign !== undefined) return { type: sign, text: sign, at, value: null };
  return quotedAt(source, at);
}

function matchAt(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? '';
}

function numberAt(source: string, at: number): Token {
  const text = matchAt(NUMBER, source, at);
  if (text === '' || text.startsWith('-0')) {
    throw malformed(`a '-' needs a number other than 0 behind it: ${place(source, at)}`);
  }
  const value = Number(text);
  if (Math.abs(value) > LARGEST_INDEX) {
    throw malformed(`${cut(text, 40)} is too large for an index: ${place(source, at)}`);
  }
  return { type: 'number', text, at, value };
}

function quotedAt(source: string, at: number): Token {
  const quote = source[at] ?? '';
  if (quote !== '"' && quote !== "'" && quote !== '`') throw malformed(unknownCharacter(source, at));
  let end = at + 1;
  while (end < source.length && source[end] !== quote) end += source[end] === '\\' ? 2 : 1;
  if (end >= source.length) throw malformed(`the ${quote} ${place(source, at)} is not closed`);
  const text = source.slice(at, end + 1);
  const type = quote === '"' ? 'quoted name' : 'literal';
  return { type, text, at, value: valueOf(text, source, at) };
}

/** Names and literals are JSON; of a raw text only \' is an escape. */
function valueOf(text: string, source: string, at: number): unknown {
  const inner = text.slice(1, -1);
  if (text.startsWith("'")) return inner.replaceAll("\\'", "'");
  const isName = text.startsWith('"');
  try {
    return parseExactText(isName ? text : inner.replaceAll('\\`', '`'));
  } catch (cause) {
    const what = isName ? 'name' : 'literal';
    const help = isName || inner.trim() === '' ? '' : " (a text stands in '…')";
    throw malformed(`the ${what} ${place(source, at)} is no JSON: ${reasonOf(cause)}${help}`, cause);
  }
}

function unknownCharacter(source: string, at: number): string {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  let help = '';
  if (character === '=') help = ' (equality is ==)';
  else if (/\p{L}/u.test(character)) help = ' (such a name stands in double quotes)';
  return `'${character}' is no part of the JMESPath that is understood here${help}: ${place(source, at)}`;
}

/** What stands against the grammar. */
export function malformed(message: string, cause?: unknown): Error {
  return new Error(`does not parse: ${message}`, cause === undefined ? undefined : { cause });
}

/** How much of the expression a message shows on either side of the place. */
const CONTEXT = 40;

/** Where in the expression something is, for messages; characters count from 1. */
export function place(source: string, at: number): string {
  const position = Array.from(source.slice(0, at)).length + 1;
  const before = at > CONTEXT ? `…${source.slice(at - CONTEXT, at)}` : source.slice(0, at);
  return `at character ${position} of "${before}${cut(source.slice(at), CONTEXT)}"`;
}
