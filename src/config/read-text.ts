/** JSON with comments → document, with the place of each value. Every mistake at once. */
import type * as Jsonc from 'jsonc-parser';
import type { ConfigProblem } from '../api/errors.js';
import { MAX_CHARACTERS, MAX_DEPTH, MAX_VALUES } from './clone.js';
import { childPath } from './path.js';
import type { Place } from './places.js';

/** A document, or what is wrong with its text. */
export interface ReadText {
  readonly value: unknown;
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly ConfigProblem[];
}

/** What the parser calls a mistake → words. None of them repeats the text, which may be a secret. */
const WORDS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'expected JSON; found a word that is none (texts and keys stand in double quotes)',
  InvalidNumberFormat: 'expected a number; found one that is malformed',
  PropertyNameExpected: 'expected a key in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a colon after the key',
  CommaExpected: 'expected a comma',
  CloseBraceExpected: 'expected } at the end of an object',
  CloseBracketExpected: 'expected ] at the end of a list',
  EndOfFileExpected: 'expected nothing after the document',
  UnexpectedEndOfComment: 'expected */ at the end of a comment',
  UnexpectedEndOfString: 'expected a double quote at the end of a string',
  UnexpectedEndOfNumber: 'expected a digit at the end of a number',
  InvalidUnicode: 'expected four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'expected an escape that JSON has, such as \\n or \\\\',
  InvalidCharacter: 'expected an escape, such as \\n or \\t; found a control character',
};

const EMPTY = 'expected an object; found nothing: the text is empty, or has only comments';

interface Container {
  readonly path: string;
  readonly value: Record<string, unknown> | unknown[];
  /** Where the value to come belongs, in an object. */
  key: string | undefined;
}

/** More are of no help: behind so many nothing of the text can be meant. */
const MOST_MISTAKES = 100;

/** Ends the reading; why stands in the problems. */
class Enough extends Error {}

/** Collects what the parser finds. A document that is too deep, too large or no JSON at all ends it, so that the parser ends as well. */
class Reading {
  value: unknown;
  readonly places = new Map<string, Place>();
  readonly problems: ConfigProblem[] = [];
  readonly #around: Container[] = [];
  #values = 0;
  #lastLine = 0;

  get isEmpty(): boolean {
    return this.#values === 0;
  }

  key(name: string, place: Place): void {
    const container = this.#around.at(-1);
    if (container === undefined) return;
    const path = childPath(container.path, name);
    if (Object.hasOwn(container.value, name)) {
      const first = this.places.get(path)?.line;
      const message = `expected each key once; found it again (first in line ${first})`;
      this.problems.push({ path, message, expected: 'each key once', found: 'it again', ...place });
    }
    this.places.set(path, place);
    container.key = name;
  }

  begin(value: Container['value'], place: Place): void {
    const path = this.put(value, place);
    if (this.#around.length >= MAX_DEPTH)
      this.#refuse(`at most ${MAX_DEPTH} levels`, 'deeper nesting', place);
    this.#around.push({ path, value, key: undefined });
  }

  end(): void {
    this.#around.pop();
  }

  /** @returns the path of the value */
  put(value: unknown, place: Place): string {
    this.#values += 1;
    if (this.#values > MAX_VALUES) this.#refuse(`at most ${MAX_VALUES} values`, 'more', place);
    const container = this.#around.at(-1);
    if (container === undefined) {
      this.value = value;
      this.places.set('', place);
      return '';
    }
    if (Array.isArray(container.value)) {
      const path = `${container.path}[${container.value.length}]`;
      container.value.push(value);
      this.places.set(path, place);
      return path;
    }
    const { key = '' } = container;
    // Not by assignment: `__proto__` is a key like any other.
    Object.defineProperty(container.value, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    return childPath(container.path, key);
  }

  /** One for each line: the next ones are of the parser's finding its way again. */
  mistake(message: string, place: Place): void {
    if (this.#lastLine === place.line) return;
    this.#lastLine = place.line;
    this.problems.push({ path: '', message, ...place });
    if (this.problems.length >= MOST_MISTAKES) throw new Enough();
  }

  #refuse(expected: string, found: string, place: Place): never {
    this.problems.push({
      path: '',
      message: `expected ${expected}; found ${found}`,
      expected,
      found,
      ...place,
    });
    throw new Enough();
  }
}

/** Reads a text without a byte order mark. Comments and commas at the end of a list are taken, as editors do. */
export function readText(jsonc: typeof Jsonc, text: string): ReadText {
  const reading = new Reading();
  if (text.length > MAX_CHARACTERS) {
    const expected = `at most ${MAX_CHARACTERS} characters`;
    reading.problems.push({ path: '', message: `expected ${expected}; found more`, expected, found: 'more' });
    return reading;
  }
  try {
    jsonc.visit(text, visitorFor(jsonc, reading, text.length), { allowTrailingComma: true });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return reading;
}

function visitorFor(jsonc: typeof Jsonc, reading: Reading, end: number): Jsonc.JSONVisitor {
  const at = (line: number, character: number): Place => ({ line: line + 1, column: character + 1 });
  return {
    onObjectBegin: (_offset, _length, line, character) => {
      reading.begin({}, at(line, character));
    },
    onObjectEnd: () => {
      reading.end();
    },
    onArrayBegin: (_offset, _length, line, character) => {
      reading.begin([], at(line, character));
    },
    onArrayEnd: () => {
      reading.end();
    },
    onObjectProperty: (name, _offset, _length, line, character) => {
      reading.key(name, at(line, character));
    },
    onLiteralValue: (value: unknown, _offset, _length, line, character) => {
      reading.put(value, at(line, character));
    },
    onError: (code, offset, _length, line, character) => {
      const name = jsonc.printParseErrorCode(code);
      const isEmpty = name === 'ValueExpected' && reading.isEmpty && offset >= end;
      const message = isEmpty ? EMPTY : (WORDS[name] ?? `expected JSON (${name})`);
      reading.mistake(message, at(line, character));
    },
  };
}
