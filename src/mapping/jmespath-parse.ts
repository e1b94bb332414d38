import { compile as parse, tokenize } from '@jmespath-community/jmespath';
import { reasonOf } from '../reason.js';
import type { Argument, Node } from './jmespath-ast.js';
import { FUNCTIONS } from './jmespath-functions.js';
import { parseNumber } from './jmespath-values.js';

/** Longer expressions are refused. */
const MAX_LENGTH = 65_536;

type LibraryNode = ReturnType<typeof parse>;
type Of<T extends LibraryNode['type']> = Extract<LibraryNode, { readonly type: T }>;

/**
 * Parses an expression with the library's parser and turns its tree into ours: classic JMESPath only (the
 * library also knows `let`, arithmetic, `$` and the like, which the reference refuses), functions resolved,
 * integers of literals exact. Throws an Error with a message for people.
 */
export function parseExpression(source: string): Node {
  if (source.length > MAX_LENGTH) throw new Error(`is longer than ${MAX_LENGTH} characters`);
  const tree = parseTree(source);
  return new Builder(literalsOf(source)).build(tree);
}

function parseTree(source: string): LibraryNode {
  try {
    return parse(source);
  } catch (cause) {
    const reason = reasonOf(cause);
    const number = /invalid token \(Number\): "(.*)"/.exec(reason)?.[1];
    const help = number === undefined ? '' : `; a number stands in backticks: \`${number}\``;
    throw new Error(`does not parse: ${reason}${help}`, { cause });
  }
}

/** Values of the literals in the order of the source: the library's own lose integers beyond 2^53. */
function literalsOf(source: string): unknown[] {
  const tokens = tokenize(source);
  for (const { start } of tokens) checkClosed(source, start);
  return tokens
    .filter((token) => String(token.type) === 'Literal')
    .map((token) => exactLiteral(source, token.start, token.value));
}

function exactLiteral(source: string, start: number, value: unknown): unknown {
  // Of a raw string only \' is an escape; the library takes \\ for one too.
  if (source[start] === "'") return textOfLiteral(source, start).replaceAll("\\'", "'");
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return parseNumber(textOfLiteral(source, start)) ?? value;
}

/** What stands between the quotes of the literal at `start`. */
function textOfLiteral(source: string, start: number): string {
  return source.slice(start + 1, closingQuote(source, start));
}

/** At or behind the end of the source: there is none. */
function closingQuote(source: string, start: number): number {
  let end = start + 1;
  while (end < source.length && source[end] !== source[start]) end += source[end] === '\\' ? 2 : 1;
  return end;
}

/** The library takes a text that the end of the expression cuts off. */
function checkClosed(source: string, start: number): void {
  const quote = source[start] ?? '';
  if (!['"', "'", '`'].includes(quote) || closingQuote(source, start) < source.length) return;
  throw new Error(`does not parse: the ${quote} at ${start} is not closed`);
}

/** Deeper trees than this are refused, so that no evaluation runs out of stack. */
const MAX_DEPTH = 500;

class Builder {
  private readonly literals: unknown[];
  private nextLiteral = 0;
  private depth = 0;

  constructor(literals: unknown[]) {
    this.literals = literals;
  }

  build(node: LibraryNode): Node {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH} levels`);
    const built = this.buildNode(node);
    this.depth -= 1;
    return built;
  }

  // The children of each node are built in the order of the source: the literals are counted on the way.
  private buildNode(node: LibraryNode): Node {
    switch (node.type) {
      case 'Current':
      case 'Identity':
        return { type: 'current' };
      case 'Field':
        return { type: 'field', name: node.name };
      case 'Literal':
        return this.literal();
      case 'Index':
        return { type: 'index', index: node.value };
      case 'Slice':
        return slice(node);
      case 'Flatten':
        return { type: 'flatten', child: this.build(node.child) };
      case 'NotExpression':
        return { type: 'not', child: this.build(node.child) };
      case 'MultiSelectList':
        return { type: 'list', items: node.children.map((child) => this.build(child)) };
      case 'MultiSelectHash':
        return { type: 'hash', entries: node.children.map((pair) => [pair.name, this.build(pair.value)]) };
      case 'Function':
        return this.call(node);
      default:
        return this.buildPair(node);
    }
  }

  private buildPair(node: LibraryNode): Node {
    switch (node.type) {
      case 'Subexpression':
      case 'IndexExpression':
      case 'Pipe':
        return { type: 'chain', left: this.build(node.left), right: this.build(node.right) };
      case 'Projection':
        return { type: 'projection', left: this.build(node.left), right: this.build(node.right) };
      case 'ValueProjection':
        return { type: 'valueProjection', left: this.build(node.left), right: this.build(node.right) };
      case 'FilterProjection': {
        const left = this.build(node.left);
        const condition = this.build(node.condition);
        return { type: 'filter', left, condition, right: this.build(node.right) };
      }
      case 'Comparator':
        return {
          type: 'comparison',
          operator: node.name,
          left: this.build(node.left),
          right: this.build(node.right),
        };
      case 'OrExpression':
        return { type: 'or', left: this.build(node.left), right: this.build(node.right) };
      case 'AndExpression':
        return { type: 'and', left: this.build(node.left), right: this.build(node.right) };
      default:
        throw new Error(unsupported(node));
    }
  }

  private literal(): Node {
    const value = this.literals[this.nextLiteral];
    this.nextLiteral += 1;
    return { type: 'literal', value };
  }

  private call(node: Of<'Function'>): Node {
    const fn = FUNCTIONS.get(node.name);
    if (fn === undefined) throw new Error(`unknown function ${node.name}()`);
    const given = node.children.length;
    const wanted = fn.parameters.length;
    if (fn.variadic ? given < wanted : given !== wanted) {
      const least = fn.variadic ? 'at least ' : '';
      throw new Error(`${node.name}() takes ${least}${wanted} argument(s), found ${given}`);
    }
    const args = node.children.map((child, i) => this.argument(node.name, fn.parameters[i], child));
    return { type: 'call', name: node.name, fn, args };
  }

  private argument(name: string, parameter: string | undefined, child: LibraryNode): Argument {
    const byReference = child.type === 'ExpressionReference';
    if (byReference !== (parameter === 'expression')) {
      throw new Error(
        `${name}(): ${byReference ? 'an &expression has no place there' : 'an &expression is missing'}`,
      );
    }
    return { expression: this.build(byReference ? child.child : child), byReference };
  }
}

function slice(node: Of<'Slice'>): Node {
  const step = node.step ?? 1;
  if (step === 0) throw new Error('a slice with step 0');
  return { type: 'slice', start: node.start ?? null, stop: node.stop ?? null, step };
}

function unsupported(node: LibraryNode): string {
  if (node.type === 'ExpressionReference') return 'an &expression stands outside a function call';
  return `${node.type} is no part of the JMESPath that is understood here`;
}
