import { Handlebars } from './handlebars.js';
import { inspectTemplate } from './check.js';
import { checkCost } from './check.js';
import { HELPERS, HELPER_ARITY, TEXT_HELPER } from './helpers.js';
import { parseTemplate } from './parse.js';
import { readAsOriginal, renderTexts } from './rewrite.js';

const MAX_RENDERING_LENGTH = 1_048_576;

/** A compiled topic or key template (contract §4). */
export interface Template {
  readonly source: string;
  /**
   * Names that the template reads, so that a rendering can be kept as long as these stay the same. `null`: it
   * may read more than can be told (`lookup`, `each`, `with`, `@root`, …), so a rendering must not be kept.
   */
  readonly variables: ReadonlySet<string> | null;
  /** Renders; a missing variable is the empty text. Throws what Handlebars throws. */
  render(variables: Readonly<Record<string, string | undefined>>): string;
}

/**
 * An environment of our own: helpers and partials that the host registers on Handlebars do not reach us. It has only the
 * helpers that the template names, since each rendering wraps all of them.
 */
function environmentFor(source: string): typeof Handlebars {
  const environment = Handlebars.create();
  for (const [name, helper] of Object.entries(HELPERS)) environment.registerHelper(name, helper);
  for (const name of Object.keys(environment.helpers)) {
    if (!source.includes(name) && !ALWAYS.has(name)) environment.unregisterHelper(name);
  }
  return environment;
}

/** Called without being named: `if` by `unless`. */
const ALWAYS = new Set([TEXT_HELPER, 'if']);

const COMPILE_OPTIONS = {
  noEscape: true,
  knownHelpersOnly: true,
  knownHelpers: Object.fromEntries(
    [...HELPER_ARITY.keys(), ...Object.keys(HELPERS)].map((name) => [name, true]),
  ),
};

// Given outright, because Handlebars prints a warning where it has to fall back to them.
const RENDER_OPTIONS = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };

/**
 * Compiles a template. Throws an Error with a message for people when it does not parse, names an unknown
 * helper or partial, or calls a helper with too few arguments.
 */
export function compileTemplate(source: string): Template {
  const tree = parseTemplate(source);
  readAsOriginal(tree);
  const reads = inspectTemplate(tree);
  checkCost(tree);
  renderTexts(tree);
  const render = environmentFor(source).compile<Readonly<Record<string, string | undefined>>>(
    tree,
    COMPILE_OPTIONS,
  );
  // Handlebars compiles at the first rendering; what it refuses must come out here.
  const everyVariable = Object.fromEntries([...reads.variables].map((name) => [name, 'x']));
  for (const variables of [{}, everyVariable]) render(variables, RENDER_OPTIONS);
  return {
    source,
    variables: reads.openEnded ? null : reads.variables,
    render: (variables) => bounded(render(variables, RENDER_OPTIONS)),
  };
}

function bounded(text: string): string {
  if (text.length <= MAX_RENDERING_LENGTH) return text;
  throw new Error(`renders to more than ${MAX_RENDERING_LENGTH} characters`);
}
