import { HELPER_ARITY } from './template-helpers.js';

/** What a template reads, found out by looking at its syntax tree. */
export interface TemplateReads {
  readonly variables: ReadonlySet<string>;
  /** It may read more than `variables` (`lookup`, `each`, `with`, `@root`, partials, …). */
  readonly openEnded: boolean;
}

interface Walk {
  readonly variables: Set<string>;
  readonly inlinePartials: Set<string>;
  openEnded: boolean;
}

/** The parts that a node of Handlebars' tree may have; which of them it has depends on its type. */
export interface SyntaxNode extends hbs.AST.Node {
  readonly path?: hbs.AST.PathExpression | hbs.AST.Literal;
  readonly name?: SyntaxNode;
  readonly params?: SyntaxNode[];
  readonly hash?: { readonly pairs: { readonly value: SyntaxNode }[] } | undefined;
  readonly program?: SyntaxNode | undefined;
  readonly inverse?: SyntaxNode | undefined;
  readonly body?: SyntaxNode[];
}

/** Helpers that look somewhere else than at the names written in the template. */
const OPEN_ENDED = new Set(['lookup', 'each', 'with']);

/** Walks the tree. Throws an Error when it names a helper or partial that does not exist. */
export function inspectTemplate(program: hbs.AST.Program): TemplateReads {
  const walk: Walk = { variables: new Set(), inlinePartials: new Set(), openEnded: false };
  visit(program as SyntaxNode, walk);
  return walk;
}

function visit(node: SyntaxNode, walk: Walk): void {
  switch (node.type) {
    case 'PathExpression':
      return readPath(node as hbs.AST.PathExpression, walk);
    case 'MustacheStatement':
      return visitCall(node, walk, isCallOrHelper(node));
    case 'SubExpression':
    case 'BlockStatement':
      return visitCall(node, walk, true);
    case 'PartialStatement':
    case 'PartialBlockStatement':
      return visitPartial(node, walk);
    case 'Decorator':
    case 'DecoratorBlock':
      return visitDecorator(node, walk);
    default:
      visitParts(node, walk);
  }
}

function visitCall(node: SyntaxNode, walk: Walk, calls: boolean): void {
  if (node.path !== undefined) {
    if (calls) checkCall(node, walk);
    else readPath(node.path, walk);
  }
  visitParts(node, walk);
}

function visitParts(node: SyntaxNode, walk: Walk): void {
  for (const part of node.params ?? []) visit(part, walk);
  for (const pair of node.hash?.pairs ?? []) visit(pair.value, walk);
  for (const statement of node.body ?? []) visit(statement, walk);
  if (node.program) visit(node.program, walk);
  if (node.inverse) visit(node.inverse, walk);
}

function isCallOrHelper(node: SyntaxNode): boolean {
  const given = (node.params?.length ?? 0) + (node.hash?.pairs.length ?? 0);
  return given > 0 || HELPER_ARITY.has(helperName(node.path));
}

/** The name under which Handlebars would look for a helper; blank where it would not. */
function helperName(path: SyntaxNode['path']): string {
  if (path === undefined) return '';
  const { original } = path as { original?: unknown };
  if (path.type !== 'PathExpression') return String(original);
  const { parts, depth, data } = path as hbs.AST.PathExpression;
  const scoped = /^\.|^this\b/.test(String(original));
  return parts.length === 1 && depth === 0 && !data && !scoped ? String(parts[0]) : '';
}

function checkCall(node: SyntaxNode, walk: Walk): void {
  const name = helperName(node.path);
  const arity = HELPER_ARITY.get(name);
  if (arity === undefined) {
    const shown = String((node.path as { original?: unknown }).original);
    throw new Error(`unknown helper "${shown}" (known: ${[...HELPER_ARITY.keys()].join(' ')})`);
  }
  const given = node.params?.length ?? 0;
  if (given < arity.min || given > arity.max) {
    const wanted = arity.max === arity.min ? `${arity.min}` : `at least ${arity.min}`;
    throw new Error(`helper "${name}" takes ${wanted} argument${arity.min === 1 ? '' : 's'}, found ${given}`);
  }
  if (OPEN_ENDED.has(name)) walk.openEnded = true;
}

function readPath(path: hbs.AST.PathExpression | hbs.AST.Literal, walk: Walk): void {
  if (path.type !== 'PathExpression') {
    walk.variables.add(String((path as { original?: unknown }).original));
    return;
  }
  const { parts, depth, data } = path as hbs.AST.PathExpression;
  const [first] = parts;
  if (depth > 0 || data || first === undefined) walk.openEnded = true;
  else walk.variables.add(String(first));
}

function visitPartial(node: SyntaxNode, walk: Walk): void {
  if (node.name?.type === 'SubExpression') throw new Error('unknown partial: its name is computed');
  const name = String((node.name as { original?: unknown } | undefined)?.original);
  const hasFallback = node.type === 'PartialBlockStatement';
  if (!walk.inlinePartials.has(name) && !hasFallback && name !== '@partial-block') {
    throw new Error(`unknown partial "${name}"`);
  }
  walk.openEnded = true;
  visitParts(node, walk);
}

function visitDecorator(node: SyntaxNode, walk: Walk): void {
  const name = String((node.path as { original?: unknown } | undefined)?.original);
  if (name !== 'inline') throw new Error(`unknown decorator "${name}"`);
  for (const part of node.params ?? []) {
    walk.inlinePartials.add(String((part as { original?: unknown }).original));
  }
  walk.openEnded = true;
  visitParts(node, walk);
}
