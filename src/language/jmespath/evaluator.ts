import type { Argument, Node, Operator } from './ast.js';
import { parseExpression } from './parser.js';
import {
  Budget,
  compare,
  deepEqual,
  emptyMap,
  isMap,
  isNumber,
  isTruthy,
  property,
  sortedKeys,
} from './values.js';

export { ExpressionError } from './values.js';

/** A compiled JMESPath expression. */
export interface Expression {
  readonly source: string;
  /**
   * Evaluates on a JSON value, which may hold bigints. Never undefined: a missing source gives null. Throws
   * ExpressionError when a function refuses its argument, or the evaluation takes too long.
   */
  evaluate(input: unknown): unknown;
}

/**
 * Compiles a JMESPath expression (the classic grammar, its 26 functions). Throws an Error with a message for
 * people when it does not parse or names an unknown function.
 */
export function compileExpression(source: string): Expression {
  const root = parseExpression(source);
  return { source, evaluate: (input) => evaluate(root, input, new Budget()) };
}

function evaluate(node: Node, input: unknown, budget: Budget): unknown {
  budget.spend(1);
  switch (node.type) {
    case 'current':
      return input ?? null;
    case 'literal':
      return node.value;
    case 'field':
      return property(input, node.name);
    case 'index':
      return Array.isArray(input) ? (input.at(node.index) ?? null) : null;
    case 'slice':
      return slice(node, input, budget);
    case 'chain':
      return evaluate(node.right, evaluate(node.left, input, budget), budget);
    case 'flatten':
      return flatten(evaluate(node.child, input, budget), budget);
    case 'projection':
      return project(evaluate(node.left, input, budget), null, node.right, budget);
    case 'filter':
      return project(evaluate(node.left, input, budget), node.condition, node.right, budget);
    case 'valueProjection':
      return project(valuesOf(evaluate(node.left, input, budget), budget), null, node.right, budget);
    default:
      return evaluateOperator(node, input, budget);
  }
}

function evaluateOperator(node: Node, input: unknown, budget: Budget): unknown {
  switch (node.type) {
    case 'or': {
      const left = evaluate(node.left, input, budget);
      return isTruthy(left, budget) ? left : evaluate(node.right, input, budget);
    }
    case 'and': {
      const left = evaluate(node.left, input, budget);
      return isTruthy(left, budget) ? evaluate(node.right, input, budget) : left;
    }
    case 'not':
      return !isTruthy(evaluate(node.child, input, budget), budget);
    case 'comparison': {
      const left = evaluate(node.left, input, budget);
      return compareBy(node.operator, left, evaluate(node.right, input, budget), budget);
    }
    case 'list':
      return (input ?? null) === null ? null : node.items.map((item) => evaluate(item, input, budget));
    case 'hash':
      return (input ?? null) === null ? null : hash(node.entries, input, budget);
    case 'call':
      return node.fn.call(
        node.args.map((arg) => argument(arg, input, budget)),
        budget,
      );
    default:
      throw new Error(`no evaluation for ${node.type}`);
  }
}

function argument({ expression, byReference }: Argument, input: unknown, budget: Budget): unknown {
  return byReference
    ? (item: unknown) => evaluate(expression, item, budget)
    : evaluate(expression, input, budget);
}

/** Applies `right` to every item that the condition lets through; nulls are dropped. No list: null. */
function project(list: unknown, condition: Node | null, right: Node, budget: Budget): unknown {
  if (!Array.isArray(list)) return null;
  const results: unknown[] = [];
  for (const item of list) {
    if (condition !== null && !isTruthy(evaluate(condition, item, budget), budget)) continue;
    const result = evaluate(right, item, budget);
    if (result !== null) results.push(result);
  }
  return results;
}

function valuesOf(value: unknown, budget: Budget): unknown {
  return isMap(value) ? sortedKeys(value, budget).map((key) => value[key] ?? null) : null;
}

function flatten(list: unknown, budget: Budget): unknown {
  if (!Array.isArray(list)) return null;
  const flat: unknown[] = [];
  for (const item of list) {
    if (!Array.isArray(item)) {
      flat.push(item);
      continue;
    }
    budget.spend(item.length);
    for (const inner of item) flat.push(inner);
  }
  return flat;
}

function slice(node: Extract<Node, { type: 'slice' }>, list: unknown, budget: Budget): unknown {
  if (!Array.isArray(list)) return null;
  const { step } = node;
  const { length } = list;
  const first = bound(node.start, step > 0 ? 0 : length - 1, length, step);
  const end = bound(node.stop, step > 0 ? length : -1, length, step);
  const taken: unknown[] = [];
  for (let i = first; step > 0 ? i < end : i > end; i += step) taken.push(list[i] ?? null);
  budget.spend(taken.length);
  return taken;
}

function bound(given: number | null, otherwise: number, length: number, step: number): number {
  if (given === null) return otherwise;
  const at = given < 0 ? given + length : given;
  return step > 0 ? Math.min(Math.max(at, 0), length) : Math.min(Math.max(at, -1), length - 1);
}

function hash(entries: readonly (readonly [string, Node])[], input: unknown, budget: Budget): unknown {
  const map = emptyMap();
  for (const [key, value] of entries) map[key] = evaluate(value, input, budget);
  return map;
}

/** Order is defined for numbers only; anything else gives null, as JMESPath has it. */
function compareBy(operator: Operator, a: unknown, b: unknown, budget: Budget): boolean | null {
  if (operator === 'EQ') return deepEqual(a, b, budget);
  if (operator === 'NE') return !deepEqual(a, b, budget);
  if (!isNumber(a) || !isNumber(b)) return null;
  const sign = compare(a, b, budget);
  if (operator === 'LT') return sign < 0;
  if (operator === 'LTE') return sign <= 0;
  return operator === 'GT' ? sign > 0 : sign >= 0;
}
