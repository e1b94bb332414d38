import { Handlebars } from './handlebars.js';
import { originalOf } from './template-check.js';
import { helperName } from './template-visitor.js';

/** Steps that a rendering may take at most. */
export const MAX_TEMPLATE_STEPS = 10_000;

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
