import { HELPER_ARITY } from './helpers.js';
import { CONTEXT_BLOCKS, helperName, isCall, isScoped, TemplateVisitor } from './visitor.js';
import { Handlebars } from './handlebars.js';

/** What a template reads, found out by looking at its syntax tree. */
export interface TemplateReads {
  readonly variables: ReadonlySet<string>;
  /** It may read more than `variables` (`lookup`, `each`, `with`, `@root`, partials, …). */
  readonly openEnded: boolean;
}

/** Helpers that do nothing but render a block. */
const BLOCK_HELPERS = new Set(['if', 'unless', 'each', 'with']);

/**
 * Walks the tree. Throws an Error with a message for people when it names a helper or partial that does not exist, or
 * uses one in a way that fails while it renders.
 */
export function inspectTemplate(program: hbs.AST.Program): TemplateReads {
  const inspector = new Inspector();
  inspector.accept(program);
  return inspector;
}

class Inspector extends TemplateVisitor implements TemplateReads {
  readonly variables = new Set<string>();
  openEnded = false;
  /** Of each program around the place, from the outside in. */
  readonly #scopes: Scope[] = [];
  /** The first of them that belongs to the inline partial around the place. */
  #inline = 0;

  override Program(program: hbs.AST.Program): void {
    const inline = program.body.filter(({ type }) => type === 'DecoratorBlock');
    const partials = inline.map((each) => inlineName(each as hbs.AST.DecoratorBlock));
    this.#scopes.push({ partials, blockParams: program.blockParams ?? [] });
    super.Program(program);
    this.#scopes.pop();
  }

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (isCall(mustache)) this.#checkCall(mustache, false);
    else if (mustache.path.type !== 'PathExpression') this.variables.add(helperName(mustache.path));
    super.MustacheStatement(mustache);
  }

  override SubExpression(call: hbs.AST.SubExpression): void {
    this.#checkCall(call, false);
    super.SubExpression(call);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    this.#checkCall(block, true);
    super.BlockStatement(block);
  }

  override PathExpression(path: hbs.AST.PathExpression): void {
    const { parts, depth, data } = path;
    const [first] = parts;
    if (depth === 0 && first !== undefined && !isScoped(path)) this.#checkBlockParam(first);
    if (depth > 0 || data || first === undefined) this.openEnded = true;
    // Behind a variable there is nothing: the whole is a name that no event has.
    else this.variables.add(this.atTop() ? parts.join('.') : first);
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    this.#checkPartial(partial, false);
    super.PartialStatement(partial);
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    this.#checkPartial(partial, true);
    super.PartialBlockStatement(partial);
  }

  override Decorator(decorator: hbs.AST.Decorator): void {
    const name = originalOf(decorator.path);
    throw new Error(name === 'inline' ? 'decorator "inline" needs a block' : `unknown decorator "${name}"`);
  }

  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    this.openEnded = true;
    const outer = this.#inline;
    this.#inline = this.#scopes.length;
    super.DecoratorBlock(decorator);
    this.#inline = outer;
  }

  #checkCall({ path, params }: Call, isBlock: boolean): void {
    const name = helperName(path);
    const arity = HELPER_ARITY.get(name);
    if (arity === undefined) {
      const known = [...HELPER_ARITY.keys()].join(' ');
      throw new Error(`unknown helper "${originalOf(path)}" (known: ${known})`);
    }
    const given = params.length;
    if (given < arity.min || given > arity.max) {
      const wanted = arity.max === arity.min ? `${arity.min}` : `at least ${arity.min}`;
      const plural = arity.min === 1 ? '' : 's';
      throw new Error(`helper "${name}" takes ${wanted} argument${plural}, found ${given}`);
    }
    if (BLOCK_HELPERS.has(name) && !isBlock) {
      throw new Error(`helper "${name}" needs a block: {{#${name} …}} … {{/${name}}}`);
    }
    if (name === 'lookup' || CONTEXT_BLOCKS.has(name)) this.openEnded = true;
  }

  /** Handlebars.js fails where it renders one. */
  #checkBlockParam(name: string): void {
    const at = this.#scopes.findLastIndex(({ blockParams }) => blockParams.includes(name));
    if (at < 0 || at >= this.#inline) return;
    throw new Error(`an inline partial cannot read "${name}", a block parameter of a block around it`);
  }

  #checkPartial(
    partial: hbs.AST.PartialStatement | hbs.AST.PartialBlockStatement,
    hasFallback: boolean,
  ): void {
    if (partial.name.type === 'SubExpression') throw new Error('unknown partial: its name is computed');
    const name = originalOf(partial.name);
    if (!hasFallback && !this.#scopes.some(({ partials }) => partials.includes(name))) {
      throw new Error(`unknown partial "${name}"`);
    }
    this.openEnded = true;
  }
}

interface Scope {
  /** The inline partials that it holds. */
  readonly partials: readonly string[];
  readonly blockParams: readonly string[];
}

type Call = hbs.AST.MustacheStatement | hbs.AST.SubExpression | hbs.AST.BlockStatement;

function inlineName({ path, params }: hbs.AST.DecoratorBlock): string {
  const decorator = originalOf(path);
  if (decorator !== 'inline') throw new Error(`unknown decorator "${decorator}"`);
  const [name] = params;
  if (name?.type === 'StringLiteral') return originalOf(name);
  throw new Error('an inline partial needs a name in quotes: {{#*inline "name"}}');
}

/** As it stands in the template. */
function originalOf(node: hbs.AST.Node): string {
  return String((node as { original?: unknown }).original);
}

/** Steps that a rendering may take at most. */
const MAX_TEMPLATE_STEPS = 10_000;

/** An `each` runs over the variables at most, of which no event has more. */
const MOST_ITEMS = 20;

/** Inline partials by name: every one of that name, since it depends on the place which of them is meant. */
type Partials = ReadonlyMap<string, hbs.AST.Program[]>;

/**
 * Throws an Error for a template whose rendering might take more than `MAX_TEMPLATE_STEPS`, whatever the event:
 * each statement and expression is a step, and an `each` takes the steps of its body 20 times. Partials that call
 * partials are refused, so nothing calls itself.
 */
export function checkCost(program: hbs.AST.Program): void {
  const inline = new InlinePartials();
  inline.accept(program);
  new Cost(inline.byName).accept(program);
}

class InlinePartials extends Handlebars.Visitor {
  readonly byName = new Map<string, hbs.AST.Program[]>();

  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    for (const name of decorator.params.map(originalOf)) {
      this.byName.set(name, [...(this.byName.get(name) ?? []), decorator.program]);
    }
    super.DecoratorBlock(decorator);
  }
}

class Cost extends Handlebars.Visitor {
  readonly #partials: Partials;
  #steps = 0;
  /** How often the place is rendered. */
  #times = 1;
  #inPartial = false;

  constructor(partials: Partials) {
    super();
    this.#partials = partials;
  }

  override accept(node: hbs.AST.Node | undefined): void {
    if (node === undefined) return;
    if (/Statement$|^SubExpression$/.test(node.type)) this.#steps += this.#times;
    if (this.#steps > MAX_TEMPLATE_STEPS) {
      throw new Error(`may take more than ${MAX_TEMPLATE_STEPS} steps (an each counts ${MOST_ITEMS} times)`);
    }
    super.accept(node);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    this.acceptArray(block.params);
    this.acceptKey(block, 'hash');
    const times = this.#times;
    if (helperName(block.path) === 'each') this.#times *= MOST_ITEMS;
    this.acceptKey(block, 'program');
    this.#times = times;
    this.acceptKey(block, 'inverse');
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    this.#partial(partial);
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    this.#partial(partial);
  }

  /** What it holds counts where it is called. */
  override DecoratorBlock(): void {}

  #partial(partial: hbs.AST.PartialStatement | hbs.AST.PartialBlockStatement): void {
    if (this.#inPartial) throw new Error('calls a partial from within a partial');
    this.#inPartial = true;
    this.acceptArray(partial.params);
    this.acceptKey(partial, 'hash');
    this.acceptKey(partial, 'program');
    for (const body of this.#partials.get(originalOf(partial.name)) ?? []) this.accept(body);
    this.#inPartial = false;
  }
}
