import { Handlebars } from './handlebars.js';
import { HELPER_ARITY } from './helpers.js';

type Path = hbs.AST.PathExpression | hbs.AST.Literal;

/** Blocks whose body has a context of its own, and which hand out block parameters (`as |x|`). */
export const CONTEXT_BLOCKS: ReadonlySet<string> = new Set(['each', 'with']);

/** The name under which Handlebars would look for a helper; blank where it would not. */
export function helperName(path: Path): string {
  const { original } = path as { original?: unknown };
  if (path.type !== 'PathExpression') return String(original);
  const { parts, depth, data } = path as hbs.AST.PathExpression;
  const isName = parts.length === 1 && depth === 0 && !data && !isScoped(path as hbs.AST.PathExpression);
  return isName ? String(parts[0]) : '';
}

/** `this.x`, `./x`: x of the context, not a helper and not a block parameter. */
export function isScoped({ original }: hbs.AST.PathExpression): boolean {
  return /^\.|^this\b/.test(original);
}

/** Whether a mustache calls a helper; else it shows a variable. */
export function isCall({ path, params, hash }: hbs.AST.MustacheStatement): boolean {
  return params.length > 0 || hash !== undefined || HELPER_ARITY.has(helperName(path));
}

/**
 * Walks over what a template reads and calls, but not over the names of helpers and partials, and knows at each place
 * what its context is.
 */
export class TemplateVisitor extends Handlebars.Visitor {
  /** How many blocks with a context of their own there are around the place. */
  protected contexts = 0;
  protected inPartial = false;

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (!isCall(mustache)) this.acceptKey(mustache, 'path');
    this.acceptParameters(mustache);
  }

  override SubExpression(call: hbs.AST.SubExpression): void {
    this.acceptParameters(call);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    this.acceptParameters(block);
    const own = CONTEXT_BLOCKS.has(helperName(block.path)) ? 1 : 0;
    this.contexts += own;
    this.acceptKey(block, 'program');
    this.contexts -= own;
    this.acceptKey(block, 'inverse');
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    this.acceptParameters(partial);
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    this.acceptParameters(partial);
    this.acceptKey(partial, 'program');
  }

  /** The body of an inline partial: its context is that of the call. */
  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    const { contexts, inPartial } = this;
    this.contexts = 0;
    this.inPartial = true;
    this.acceptKey(decorator, 'program');
    this.contexts = contexts;
    this.inPartial = inPartial;
  }

  /** Whether the context of the place is the variables. */
  protected atTop(): boolean {
    return this.contexts === 0 && !this.inPartial;
  }

  protected acceptParameters(
    call: hbs.AST.Node & { params: hbs.AST.Expression[]; hash: hbs.AST.Hash },
  ): void {
    this.acceptArray(call.params);
    this.acceptKey(call, 'hash');
  }
}
