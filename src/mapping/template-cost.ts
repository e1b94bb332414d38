import type { SyntaxNode } from './template-check.js';

/** Steps that a rendering may take at most. */
export const MAX_TEMPLATE_STEPS = 10_000;

/** An `each` runs over the variables at most, of which no event has more. */
const MOST_ITEMS = 20;

/** Inline partials by name: every one of that name, since it depends on the place which of them is meant. */
type Partials = Map<string, SyntaxNode[]>;

/**
 * Throws an Error for a template whose rendering might take more than `MAX_TEMPLATE_STEPS`, whatever the event:
 * each statement and expression is a step, and an `each` takes the steps of its body 20 times. Partials that call
 * partials are refused, so nothing calls itself.
 */
export function checkCost(program: hbs.AST.Program): void {
  const partials: Partials = new Map();
  collect(program as SyntaxNode, partials);
  new Cost(partials).add(program as SyntaxNode, 1, false);
}

function collect(node: SyntaxNode, partials: Partials): void {
  if (node.type === 'DecoratorBlock' && node.program) {
    for (const part of node.params ?? []) {
      const name = String((part as { original?: unknown }).original);
      partials.set(name, [...(partials.get(name) ?? []), node.program]);
    }
  }
  for (const child of childrenOf(node)) collect(child, partials);
}

function childrenOf({ params, hash, body, program, inverse }: SyntaxNode): SyntaxNode[] {
  const values = hash?.pairs.map(({ value }) => value) ?? [];
  return [
    ...(params ?? []),
    ...values,
    ...(body ?? []),
    ...[program, inverse].filter((each) => each != null),
  ];
}

class Cost {
  readonly #partials: Partials;
  #steps = 0;

  constructor(partials: Partials) {
    this.#partials = partials;
  }

  /** `times`: how often the node is rendered. */
  add(node: SyntaxNode, times: number, inPartial: boolean): void {
    if (/Statement$|^SubExpression$/.test(node.type)) this.#steps += times;
    if (this.#steps > MAX_TEMPLATE_STEPS) {
      throw new Error(`may take more than ${MAX_TEMPLATE_STEPS} steps (an each counts ${MOST_ITEMS} times)`);
    }
    // What it holds counts where it is called.
    if (node.type === 'DecoratorBlock') return;
    const isPartial = node.type === 'PartialStatement' || node.type === 'PartialBlockStatement';
    if (isPartial) {
      if (inPartial) throw new Error('calls a partial from within a partial');
      const name = String((node.name as { original?: unknown } | undefined)?.original);
      for (const body of this.#partials.get(name) ?? []) this.add(body, times, true);
    }
    const { original } = (node.path ?? {}) as { original?: unknown };
    const inner = original === 'each' ? times * MOST_ITEMS : times;
    for (const child of childrenOf(node)) {
      this.add(child, child === node.program ? inner : times, inPartial || isPartial);
    }
  }
}
