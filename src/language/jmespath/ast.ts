import { cut } from '../../api/reason.js';
import { FUNCTIONS, type JmespathFunction } from './functions.js';

/** The syntax tree that the evaluator walks. Every function in it exists and has its number of arguments. */
export type Node =
  | { readonly type: 'current' }
  | { readonly type: 'literal'; readonly value: unknown }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | {
      readonly type: 'slice';
      readonly start: number | null;
      readonly stop: number | null;
      readonly step: number;
    }
  | { readonly type: 'chain'; readonly left: Node; readonly right: Node }
  | { readonly type: 'flatten'; readonly child: Node }
  | { readonly type: 'projection'; readonly left: Node; readonly right: Node }
  | { readonly type: 'valueProjection'; readonly left: Node; readonly right: Node }
  | { readonly type: 'filter'; readonly left: Node; readonly condition: Node; readonly right: Node }
  | { readonly type: 'comparison'; readonly operator: Operator; readonly left: Node; readonly right: Node }
  | { readonly type: 'or'; readonly left: Node; readonly right: Node }
  | { readonly type: 'and'; readonly left: Node; readonly right: Node }
  | { readonly type: 'not'; readonly child: Node }
  | { readonly type: 'list'; readonly items: readonly Node[] }
  | { readonly type: 'hash'; readonly entries: readonly (readonly [string, Node])[] }
  | {
      readonly type: 'call';
      readonly name: string;
      readonly fn: JmespathFunction;
      readonly args: readonly Argument[];
    };

export type Operator = 'EQ' | 'NE' | 'LT' | 'LTE' | 'GT' | 'GTE';

/** An argument is evaluated before the call, but for an `&expression`. */
export type Argument = { readonly expression: Node; readonly byReference: boolean };

/** What a node holds, one level down. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.type) {
    case 'chain':
    case 'projection':
    case 'valueProjection':
    case 'comparison':
    case 'or':
    case 'and':
      return [node.left, node.right];
    case 'filter':
      return [node.left, node.condition, node.right];
    case 'flatten':
    case 'not':
      return [node.child];
    case 'list':
      return node.items;
    case 'hash':
      return node.entries.map(([, value]) => value);
    case 'call':
      return node.args.map(({ expression }) => expression);
    default:
      return [];
  }
}

/** Throws an Error with a message for people where there is no such function, or the arguments do not fit it. */
export function callNode(name: string, args: readonly Argument[]): Node {
  const fn = FUNCTIONS.get(name);
  if (fn === undefined) throw new Error(`unknown function ${cut(name, 100)}()`);
  const wanted = fn.parameters.length;
  if (fn.variadic ? args.length < wanted : args.length !== wanted) {
    const least = fn.variadic ? 'at least ' : '';
    throw new Error(`${name}() takes ${least}${wanted} argument(s), found ${args.length}`);
  }
  for (const [i, { byReference }] of args.entries()) {
    if (byReference === (fn.parameters[i] === 'expression')) continue;
    const fault = byReference ? 'an &expression has no place there' : 'an &expression is missing';
    throw new Error(`${name}(): ${fault}`);
  }
  return { type: 'call', name, fn, args };
}
