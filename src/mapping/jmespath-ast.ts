import type { JmespathFunction } from './jmespath-functions.js';

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
