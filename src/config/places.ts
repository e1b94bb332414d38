/** Where in the text of a document its values stand, so that a problem of one can say so. */
import type { ConfigProblem } from '../api/errors.js';
import { pathsAbove } from './path.js';

/** Both from 1 on, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The text that a document was read from. */
export interface DocumentText {
  /** Its name, such as that of the file. */
  readonly source: string | undefined;
  readonly places: ReadonlyMap<string, Place>;
}

/** By the document itself: the host passes on a plain object, and nothing has to be put into it. */
const texts = new WeakMap<object, DocumentText>();

/** Keeps the places for as long as the document is kept. */
export function rememberText(document: object, text: DocumentText): void {
  texts.set(document, text);
}

/** The text of a document that was read by this library, else undefined. */
export function textOf(document: unknown): DocumentText | undefined {
  return typeof document === 'object' && document !== null ? texts.get(document) : undefined;
}

/**
 * Adds the places to problems. What is missing is told where it belongs: at the section around it.
 * @param beside sections that were given beside the document, and have no place in it
 */
export function withPlaces(
  problems: readonly ConfigProblem[],
  text: DocumentText | undefined,
  beside: readonly string[],
): readonly ConfigProblem[] {
  if (text === undefined) return problems;
  return problems.map((problem) => {
    const paths = [problem.path, ...pathsAbove(problem.path).toReversed()];
    if (paths.some((path) => beside.includes(path))) return problem;
    const path = paths.find((each) => text.places.has(each));
    return path === undefined ? problem : { ...problem, ...text.places.get(path) };
  });
}
