/**
 * Text from outside, for a terminal: topics, keys, headers, values and messages about them may hold anything, and a terminal
 * obeys what it is sent.
 */
import { toJsonText } from '../language/json/json-text.js';

/** Controls of C0 and C1, DEL, the separators that end lines, and what turns the direction of writing. */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu;
/** The same without line ends and tabs, of which a text of several lines is made. */
const HARMFUL_IN_LINES = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu;

/** One line: each control character as its escape in JSON, `\n` or `\u001b`. */
export function escaped(text: string): string {
  return text.replace(HARMFUL, escapeOf);
}

/** The same of a text that may have several lines. */
export function escapedLines(text: string): string {
  return text.replace(HARMFUL_IN_LINES, escapeOf);
}

/**
 * JSON in one line, with all digits of a bigint. Control characters only ever stand in texts, where an escape says the same.
 */
export function jsonText(value: unknown): string {
  return escaped(toJsonText(value));
}

const SHORT: Readonly<Record<string, string>> = {
  '\b': String.raw`\b`,
  '\t': String.raw`\t`,
  '\n': String.raw`\n`,
  '\f': String.raw`\f`,
  '\r': String.raw`\r`,
};

function escapeOf(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(4, '0');
  return SHORT[character] ?? String.raw`\u` + code;
}
