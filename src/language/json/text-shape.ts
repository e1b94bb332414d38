/**
 * JSON texts of one program are alike: the same keys in the same order, with other numbers and strings. What one text
 * looks like is learned once, as a regular expression; a text that it matches is JSON of the same form, and its values
 * are read without parsing the rest (measured: a sixth of the time of JSON.parse).
 */

/** What is asked of a value in the text: its very text, its members by name, or nothing but that it is there. */
export type Asked = 'exact' | 'members' | 'any' | { readonly [name: string]: Asked };

/** A longer text is parsed. */
export const LONGEST_TEXT = 2_048;

/** A value that is cut out of a longer text is copied: as a part of it, it would keep all of it in memory. */
const COPIED_FROM = 512;

/** Plain: no escape. Every text here comes from UTF-8, so it has no half surrogate pair either. */
const CHARACTERS = '[^"\\\\\\x00-\\x1f]*';
/** Exact in a double: no exponent, at most 15 digits before the point. */
const NUMBER = '-?(?:0|[1-9]\\d{0,14})(?:\\.\\d+)?';

const PLAIN_NUMBER = new RegExp(`^${NUMBER}$`);
/** Of JSON without a backslash. Not those of a number with an exponent. */
const TOKEN = /"[^"]*"|-?\d[\d.]*|true|false|null|[{}[\],:]|[ \t\n\r]+/gy;

interface Slot {
  readonly group: number;
  readonly type: 'string' | 'number' | 'boolean' | 'json';
}

export class TextShape {
  readonly #pattern: RegExp;
  readonly #slots: ReadonlyMap<string, Slot>;
  #text = '';
  #found: RegExpExecArray | null = null;

  constructor(pattern: RegExp, slots: ReadonlyMap<string, Slot>) {
    this.#pattern = pattern;
    this.#slots = slots;
  }

  /** Whether the text has this form; if so, `get()` tells its values. */
  matches(text: string): boolean {
    this.#found = this.#pattern.exec(text);
    this.#text = text;
    return this.#found !== null;
  }

  /** A member of the object whose members were asked for; `undefined` where it is absent or null. */
  get(name: string): unknown {
    const slot = this.#slots.get(name);
    const value = slot === undefined ? undefined : this.#found?.[slot.group];
    if (slot === undefined || value === undefined) return undefined;
    switch (slot.type) {
      case 'string':
        return this.#text.length > COPIED_FROM ? ` ${value}`.slice(1) : value;
      case 'number':
        return Number(value);
      case 'boolean':
        return value === 'true';
      case 'json':
        return JSON.parse(value);
    }
  }
}

/**
 * The form of a text that `parseExactJson` has taken; `null`: it is none of the usual ones, and such texts are to be
 * parsed. One object at most may be asked for its members.
 */
export function shapeOf(text: string, asked: Asked): TextShape | null {
  if (text.length > LONGEST_TEXT || text.includes('\\')) return null;
  const tokens = text.match(TOKEN) ?? [];
  const length = tokens.reduce((sum, token) => sum + token.length, 0);
  if (length !== text.length) return null;
  const learner = new Learner(tokens);
  return learner.learn(asked);
}

/** Goes over the tokens once and writes the pattern. */
class Learner {
  readonly #tokens: readonly string[];
  readonly #slots = new Map<string, Slot>();
  #at = 0;
  #pattern = '';
  #groups = 0;
  #usual = true;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  learn(asked: Asked): TextShape | null {
    this.#value(asked);
    this.#blank();
    return this.#usual ? new TextShape(new RegExp(`^${this.#pattern}$`), this.#slots) : null;
  }

  #value(asked: Asked): void {
    this.#blank();
    const token = this.#next();
    if (token === '{') this.#object(asked);
    else if (token === '[') this.#array();
    else this.#pattern += asked === 'exact' ? literal(token) : this.#scalar(token);
  }

  /** Behind the brace. */
  #object(asked: Asked): void {
    this.#pattern += literal('{');
    const names = new Set<string>();
    for (let token = this.#punctuation(); token !== '}'; token = this.#punctuation()) {
      if (token === ',') continue;
      const name = token.slice(1, -1);
      // The last one counts, as it does where it is parsed.
      if (names.has(name)) this.#usual = false;
      names.add(name);
      this.#punctuation();
      if (asked === 'members') this.#member(name);
      else
        this.#value(typeof asked === 'object' && Object.hasOwn(asked, name) ? (asked[name] ?? 'any') : 'any');
    }
  }

  /** Behind the bracket. */
  #array(): void {
    this.#pattern += literal('[');
    for (;;) {
      this.#blank();
      const token = this.#tokens[this.#at];
      if (token === undefined) return;
      if (token === ',' || token === ']') this.#punctuation();
      else this.#value('any');
      if (token === ']') return;
    }
  }

  #member(name: string): void {
    this.#blank();
    const token = this.#tokens[this.#at] ?? '';
    if (token === 'null') {
      this.#value('any');
      return;
    }
    this.#groups += 1;
    const group = this.#groups;
    const type = typeOf(token);
    this.#slots.set(name, { group, type });
    if (type === 'string') {
      this.#at += 1;
      this.#pattern += `"(${CHARACTERS})"`;
      return;
    }
    this.#pattern += '(';
    this.#value('any');
    this.#pattern += ')';
  }

  /** What may stand in its place. */
  #scalar(token: string): string {
    if (token.startsWith('"')) return `"${CHARACTERS}"`;
    if (token === 'null') return token;
    if (token === 'true' || token === 'false') return '(?:true|false)';
    if (!PLAIN_NUMBER.test(token)) this.#usual = false;
    return NUMBER;
  }

  /** The next one, which may be a name too, as it stands there. */
  #punctuation(): string {
    this.#blank();
    const token = this.#next();
    this.#pattern += literal(token);
    return token;
  }

  #blank(): void {
    for (let token = this.#tokens[this.#at]; token?.trim() === ''; token = this.#tokens[this.#at]) {
      this.#pattern += literal(token);
      this.#at += 1;
    }
  }

  /** Valid JSON has one where it is looked for; of anything else nothing is learned. */
  #next(): string {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token === undefined) this.#usual = false;
    return token ?? '}';
  }
}

function typeOf(token: string): Slot['type'] {
  if (token.startsWith('"')) return 'string';
  if (token === 'true' || token === 'false') return 'boolean';
  return token === '{' || token === '[' ? 'json' : 'number';
}

/** The pattern of this very text. */
function literal(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
