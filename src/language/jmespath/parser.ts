import { cut } from '../../api/reason.js';
import { callNode, childrenOf, type Argument, type Node, type Operator } from './ast.js';
import { malformed, place, tokensOf, type Token, type TokenType } from './lexer.js';

/** Longer expressions are refused. */
const MAX_LENGTH = 65_536;

/** Deeper nesting than this is refused, so that neither parsing nor evaluation runs out of stack. */
const MAX_DEPTH = 500;

/** How strongly an operator binds what stands left of it, as in the original. */
const POWER = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '[]': 9,
  '[?': 21,
  '.': 40,
  '[': 55,
} as const satisfies Partial<Record<TokenType, number>>;
const POWER_OF_STAR = 20;
const POWER_OF_NOT = 45;

const OPERATORS: Partial<Record<TokenType, Operator>> = {
  '==': 'EQ',
  '!=': 'NE',
  '<': 'LT',
  '<=': 'LTE',
  '>': 'GT',
  '>=': 'GTE',
};

/** 0: no operator. */
function powerOf(type: TokenType): number {
  return (POWER as Partial<Record<TokenType, number>>)[type] ?? 0;
}

const CURRENT: Node = { type: 'current' };

/**
 * Parses an expression of classic JMESPath: neither `let` nor arithmetic nor `$`, which the original refuses as well.
 * Functions are resolved, integers of literals exact. Throws an Error with a message for people.
 */
export function parseExpression(source: string): Node {
  if (source.length > MAX_LENGTH) throw new Error(`is longer than ${MAX_LENGTH} characters`);
  return new Parser(source).parse();
}

/** Top-down by operator precedence: each operator takes what binds more strongly than itself. */
class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokensOf(source);
  }

  parse(): Node {
    const node = this.#expression(0);
    this.#expect('end', 'an operator or the end');
    checkDepth(node);
    return node;
  }

  #expression(power: number): Node {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw tooDeep();
    let left = this.#first();
    while (power < powerOf(this.#token().type)) left = this.#behind(left);
    this.#depth -= 1;
    return left;
  }

  /** What may begin an expression. */
  #first(): Node {
    const token = this.#take();
    switch (token.type) {
      case '@':
        return CURRENT;
      case 'name':
        return this.#isTaken('(') ? this.#call(token.text) : { type: 'field', name: token.text };
      case 'quoted name':
        if (this.#token().type !== '(') return { type: 'field', name: String(token.value) };
        throw malformed(`the name of a function stands without quotes: ${place(this.#source, token.at)}`);
      case 'literal':
        return { type: 'literal', value: token.value };
      case '!':
        return { type: 'not', child: this.#expression(POWER_OF_NOT) };
      case '(':
        return this.#group();
      case '{':
        return this.#hash();
      case '*':
        return this.#values(CURRENT);
      case '[]':
        return this.#flatten(CURRENT);
      case '[?':
        return this.#filter(CURRENT);
      case '[':
        return this.#firstBracket();
      default:
        throw this.#noExpression(token);
    }
  }

  /** An operator, with what stands left of it and what it takes from its right. */
  #behind(left: Node): Node {
    const { type } = this.#take();
    const operator = OPERATORS[type];
    if (operator !== undefined) {
      return { type: 'comparison', operator, left, right: this.#expression(powerOf(type)) };
    }
    switch (type) {
      case '|':
        return { type: 'chain', left, right: this.#expression(POWER['|']) };
      case '||':
        return { type: 'or', left, right: this.#expression(POWER['||']) };
      case '&&':
        return { type: 'and', left, right: this.#expression(POWER['&&']) };
      case '[]':
        return this.#flatten(left);
      case '[?':
        return this.#filter(left);
      case '.':
        if (this.#isTaken('*')) return this.#values(left);
        return { type: 'chain', left, right: this.#dotted(POWER['.']) };
      default:
        if (this.#isTaken('*')) return this.#items(left);
        return { type: 'chain', left, right: this.#index("a number, ':' or '*'") };
    }
  }

  /** What stands behind a dot. */
  #dotted(power: number): Node {
    if (this.#isTaken('[')) return this.#list();
    const token = this.#token();
    if (['name', 'quoted name', '*', '{'].includes(token.type)) return this.#expression(power);
    throw this.#unexpected("a name, '*', '[' or '{'", token);
  }

  /** What is applied to each item of a projection. */
  #projected(power: number): Node {
    if (this.#isTaken('.')) return this.#dotted(power);
    return ['[', '[?'].includes(this.#token().type) ? this.#expression(power) : CURRENT;
  }

  #firstBracket(): Node {
    const { type } = this.#token();
    if (type === 'number' || type === ':') return this.#index('a number');
    if (type !== '*' || this.#tokens[this.#next + 1]?.type !== ']') return this.#list();
    this.#take();
    return this.#items(CURRENT);
  }

  #items(left: Node): Node {
    this.#expect(']');
    return { type: 'projection', left, right: this.#projected(POWER_OF_STAR) };
  }

  #values(left: Node): Node {
    return { type: 'valueProjection', left, right: this.#projected(POWER_OF_STAR) };
  }

  #flatten(child: Node): Node {
    return { type: 'projection', left: { type: 'flatten', child }, right: this.#projected(POWER['[]']) };
  }

  #filter(left: Node): Node {
    const condition = this.#expression(0);
    this.#expect(']');
    return { type: 'filter', left, condition, right: this.#projected(POWER['[?']) };
  }

  /** The inside of `[1]` or `[1:2:3]`. */
  #index(expected: string): Node {
    const start = this.#number();
    if (!this.#isTaken(':')) {
      if (start === null) throw this.#unexpected(expected, this.#token());
      this.#expect(']', "':' or ']'");
      return { type: 'index', index: start };
    }
    const stop = this.#number();
    const step = this.#isTaken(':') ? (this.#number() ?? 1) : 1;
    this.#expect(']');
    if (step === 0) throw new Error('a slice with step 0');
    const left: Node = { type: 'slice', start, stop, step };
    return { type: 'projection', left, right: this.#projected(POWER_OF_STAR) };
  }

  #number(): number | null {
    return this.#token().type === 'number' ? Number(this.#take().value) : null;
  }

  #group(): Node {
    const node = this.#expression(0);
    this.#expect(')');
    return node;
  }

  #list(): Node {
    const items = [this.#expression(0)];
    while (this.#isTaken(',')) items.push(this.#expression(0));
    this.#expect(']', "',' or ']'");
    return { type: 'list', items };
  }

  #hash(): Node {
    const entries = [this.#entry()];
    while (this.#isTaken(',')) entries.push(this.#entry());
    this.#expect('}', "',' or '}'");
    return { type: 'hash', entries };
  }

  #entry(): readonly [string, Node] {
    const key = this.#take();
    if (key.type !== 'name' && key.type !== 'quoted name') throw this.#unexpected('a key', key);
    this.#expect(':');
    return [String(key.value), this.#expression(0)];
  }

  #call(name: string): Node {
    const args: Argument[] = [];
    if (!this.#isTaken(')')) {
      args.push(this.#argument());
      while (this.#isTaken(',')) args.push(this.#argument());
      this.#expect(')', "',' or ')'");
    }
    return callNode(name, args);
  }

  #argument(): Argument {
    const byReference = this.#isTaken('&');
    return { byReference, expression: this.#expression(0) };
  }

  #token(): Token {
    return this.#tokens[this.#next] ?? { type: 'end', text: '', at: this.#source.length, value: null };
  }

  #take(): Token {
    const token = this.#token();
    this.#next += 1;
    return token;
  }

  #isTaken(type: TokenType): boolean {
    if (this.#token().type !== type) return false;
    this.#next += 1;
    return true;
  }

  #expect(type: TokenType, expected = `'${type}'`): void {
    if (!this.#isTaken(type)) throw this.#unexpected(expected, this.#token());
  }

  #noExpression(token: Token): Error {
    if (token.type === '&') {
      return malformed(`an &expression stands outside a function call: ${place(this.#source, token.at)}`);
    }
    const help = token.type === 'number' ? ` (a number stands in backticks: \`${token.text}\`)` : '';
    return this.#unexpected('an expression', token, help);
  }

  #unexpected(expected: string, { type, text, at }: Token, help = ''): Error {
    const found = type === 'end' ? 'the end' : `'${cut(text, 40)}'`;
    return malformed(`expected ${expected} ${place(this.#source, at)}, found ${found}${help}`);
  }
}

/** A chain is deep as well, though it is parsed in a loop. */
function checkDepth(root: Node): void {
  let level: readonly Node[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= MAX_DEPTH) throw tooDeep();
    level = level.flatMap(childrenOf);
  }
}

function tooDeep(): Error {
  return new Error(`nested deeper than ${MAX_DEPTH} levels`);
}
