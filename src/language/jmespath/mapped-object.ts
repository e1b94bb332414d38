import { compareCodePoints } from '../json/json-text.js';
import { compileExpression, type Expression } from './evaluator.js';
import { Budget, emptyMap, isMap } from './values.js';
import { cut, reasonOf } from '../../api/reason.js';

/** One line of a mapped_json `config`: where the result goes, and the compiled expression. */
export interface Rule {
  /** The output path as configured, for messages. */
  readonly path: string;
  /** The JMESPath text as configured. */
  readonly source: string;
  readonly parents: readonly string[];
  readonly leaf: string;
  readonly expression: Expression;
}

/** What a message shows of a path and of an expression. */
const LONGEST_SHOWN = 200;

/** Deeper output is refused by the configuration check. */
export const MAX_PATH_SEGMENTS = 64;

/** An expression failed on an input; the caller knows which of its typed errors that is. */
export class RuleFailure extends Error {
  /** The output path of the rule. */
  readonly path: string;

  constructor(rule: Rule, cause: unknown) {
    super(`${cut(rule.path, LONGEST_SHOWN)}: ${cut(rule.source, LONGEST_SHOWN)}: ${reasonOf(cause)}`, {
      cause,
    });
    this.name = 'RuleFailure';
    this.path = rule.path;
  }
}

/**
 * Compiles a mapped_json `config` (output path → JMESPath), sorted as the rules run: by code point of the
 * path. Paths are split at `.`; segments are trimmed, blank ones skipped. Throws what `compileExpression`
 * throws; the configuration check has refused such a document before.
 */
export function compileRules(config: Readonly<Record<string, string>>): readonly Rule[] {
  const rules: Rule[] = [];
  for (const [path, source] of Object.entries(config)) {
    const segments = pathSegments(path);
    const leaf = segments.pop();
    // A path without any segment is a configuration error, reported there.
    if (leaf === undefined) continue;
    rules.push({ path, source, parents: segments, leaf, expression: compileExpression(source) });
  }
  return rules.sort((a, b) => compareCodePoints(a.path, b.path));
}

/** The segments of an output path: trimmed, without blank ones. */
export function pathSegments(path: string): string[] {
  return path
    .split('.')
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '');
}

type MutableObject = Record<string, unknown>;

/**
 * Runs the rules over one input and builds the object. Objects made here have no prototype, so that no path
 * can reach one. The input is never changed. Throws `RuleFailure`.
 */
export function applyRules(rules: readonly Rule[], input: unknown): Record<string, unknown> {
  const root = emptyMap();
  const own = new Set<unknown>([root]);
  const size = new Budget();
  for (const rule of rules) {
    const value = evaluate(rule, input, size);
    let node = root;
    for (const segment of rule.parents) node = childObject(node, segment, own);
    node[rule.leaf] = value;
  }
  return root;
}

/** `size`: what the rules of one record yield together is bounded, too. */
function evaluate(rule: Rule, input: unknown, size: Budget): unknown {
  try {
    const value = rule.expression.evaluate(input) ?? null;
    size.spendWhole(value);
    return value;
  } catch (cause) {
    throw new RuleFailure(rule, cause);
  }
}

/** The object below `key`: an object that an expression yielded is copied first, anything else gives way. */
function childObject(parent: MutableObject, key: string, own: Set<unknown>): MutableObject {
  const present = parent[key];
  if (own.has(present)) return present as MutableObject;
  const child = emptyMap();
  if (isMap(present)) Object.assign(child, present);
  own.add(child);
  parent[key] = child;
  return child;
}
