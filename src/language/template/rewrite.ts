import { TEXT_HELPER } from './helpers.js';
import { CONTEXT_BLOCKS, helperName, isCall, TemplateVisitor } from './visitor.js';

/** Changes a tree where Handlebars.js means something else by it than the original. */
export function readAsOriginal(program: hbs.AST.Program): void {
  new Scopes().accept(program);
}

/** Changes a tree so that it renders nothing but the variables, and texts only. Comes last. */
export function renderTexts(program: hbs.AST.Program): void {
  new Texts().accept(program);
}

/** Parents (`../x`) and block parameters (`as |x|`). */
class Scopes extends TemplateVisitor {
  override BlockStatement(block: hbs.AST.BlockStatement): void {
    // Handlebars.js fails where a block parameter is read that the helper does not give; the original finds nothing.
    if (!CONTEXT_BLOCKS.has(helperName(block.path))) dropBlockParams(block.program);
    dropBlockParams(block.inverse);
    super.BlockStatement(block);
  }

  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    dropBlockParams(decorator.program);
    super.DecoratorBlock(decorator);
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    dropBlockParams(partial.program);
    super.PartialBlockStatement(partial);
  }

  /** Handlebars.js goes by how contexts differ while it renders; the original by the blocks around the place. */
  override PathExpression(path: hbs.AST.PathExpression): void {
    if (path.data || path.depth === 0) return;
    if (this.atTop()) path.depth = 0;
    else if (this.contexts === 0 || path.depth === this.contexts) {
      Object.assign(path, { data: true, depth: 0, parts: ['root', ...path.parts] });
    }
  }
}

function dropBlockParams(program: hbs.AST.Program | undefined): void {
  if (program) Reflect.deleteProperty(program, 'blockParams');
}

/** The properties that a text has of its own. No variable is called so. */
const OF_TEXT = /^(?:length|\d+)$/;

/** What a template may read behind an `@`; Handlebars.js also keeps functions there. */
const DATA = new Set(['root', 'key', 'index', 'first', 'last']);

/** Helpers that pay no heed to a block. */
const VALUE_HELPERS = new Set(['default', 'len', 'lookup']);

class Texts extends TemplateVisitor {
  readonly mutating = true;

  override PathExpression(path: hbs.AST.PathExpression): void | hbs.AST.Node {
    const hidden = path.data && !DATA.has(path.parts[0] ?? '');
    return hidden || path.parts.some((part) => OF_TEXT.test(part)) ? nothing(path) : undefined;
  }

  /** Handlebars.js adds what stands side by side, so that two numbers become their sum. */
  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    const { path } = mustache;
    const calls = isCall(mustache);
    super.MustacheStatement(mustache);
    if (calls) Object.assign(mustache, textOf(mustache));
    else if (path.type === 'PathExpression') {
      if (!this.#isVariable(mustache.path)) Object.assign(mustache, shownAsText(mustache.path));
    } else if (OF_TEXT.test(helperName(path))) mustache.path = nothing(path);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void | hbs.AST.Node {
    super.BlockStatement(block);
    return VALUE_HELPERS.has(helperName(block.path)) ? textOf(block) : undefined;
  }

  /** A variable is a text already. */
  #isVariable(path: hbs.AST.PathExpression | hbs.AST.Literal): boolean {
    return this.atTop() && helperName(path) !== '';
  }
}

function nothing({ loc }: hbs.AST.Node): hbs.AST.Literal {
  return { type: 'UndefinedLiteral', loc };
}

/** What a helper yields, as a text. */
function textOf({
  path,
  params,
  hash,
  loc,
}: hbs.AST.MustacheStatement | hbs.AST.BlockStatement): hbs.AST.Node {
  return shownAsText(Object.assign({ type: 'SubExpression', loc }, { path, params, hash }));
}

function shownAsText(value: hbs.AST.Expression): hbs.AST.Node {
  const { loc } = value;
  const path = {
    type: 'PathExpression',
    data: false,
    depth: 0,
    parts: [TEXT_HELPER],
    original: TEXT_HELPER,
    loc,
  };
  return Object.assign({ type: 'MustacheStatement', loc }, { path, params: [value], hash: undefined });
}
