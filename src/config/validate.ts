/** Shape of the document: types, ranges, names. Every problem at once, in words. */
import type { ErrorObject } from 'ajv';
import type { ConfigProblem } from '../api/errors.js';
import { check } from './schema/check.js';
import { describeExpected, describeFound, describeValue } from './describe.js';
import type { Described } from './describe.js';
import { nearest, otherWord } from './describe.js';
import { PathSet, childPath, pointerSegments, remove, replace, showPath } from './path.js';
import type { Segment } from './path.js';

export type KeyPolicy = 'error' | 'warn';

export interface ShapeReport {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Where a name was misspelt: the key that was probably meant, and is therefore not missing. */
  readonly meant: ReadonlySet<string>;
}

interface ShapeProblem {
  readonly kind: 'value' | 'missing' | 'unknown' | 'not-applicable';
  readonly problem: ConfigProblem;
  /** The wrong value, to be taken out of the document so that the rest of it can still be judged. */
  readonly at: readonly Segment[] | null;
  readonly meant?: string | undefined;
}

/** Tags may stand in one another: a payload's mode, its filter's mode. */
const MOST_PASSES = 4;

/**
 * Checks a copied document, and takes out of it what is wrong. Where a value is misspelt it goes on with the
 * one that was probably meant, so that what depends on it is checked in the same run.
 */
export function validateShape(document: object, unknownKeys: KeyPolicy): ShapeReport {
  const findings: ShapeProblem[] = [];
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    // What only comes of an earlier finding having been taken out is no news.
    const earlier = new PathSet(findings.map(({ problem }) => problem.path));
    const fresh = checkOnce(document).filter(({ problem }) => !earlier.overlaps(problem.path));
    findings.push(...fresh);
    for (const finding of fresh) fix(document, finding);
    if (!fresh.some(({ problem }) => problem.suggestion !== undefined)) break;
  }
  const isWarning = ({ kind }: ShapeProblem): boolean =>
    kind === 'not-applicable' || (kind === 'unknown' && unknownKeys === 'warn');
  const refused = findings.filter((finding) => !isWarning(finding));
  const meant = new Set(refused.flatMap((finding) => finding.meant ?? []));
  const problems = refused.filter(({ kind, problem }) => !(kind === 'missing' && meant.has(problem.path)));
  return { problems: onePerPath(problems), warnings: onePerPath(findings.filter(isWarning)), meant };
}

function checkOnce(document: object): ShapeProblem[] {
  check(document);
  return (check.errors ?? []).flatMap((error) => toFinding(error, document) ?? []);
}

function fix(document: object, finding: ShapeProblem): void {
  if (finding.at === null) return;
  const meant = finding.kind === 'value' ? finding.problem.suggestion : undefined;
  if (meant === undefined) remove(document, finding.at);
  else replace(document, finding.at, meant);
}

/** A value of a wrong type is reported by several keywords; one of them says it all. */
function onePerPath(findings: readonly ShapeProblem[]): ConfigProblem[] {
  const byPath = new Map<string, ConfigProblem>();
  for (const { problem } of findings) if (!byPath.has(problem.path)) byPath.set(problem.path, problem);
  return [...byPath.values()];
}

function toFinding(error: ErrorObject, document: unknown): ShapeProblem | null {
  const at = pointerSegments(error.instancePath, document);
  const schema = (error.parentSchema ?? {}) as Described;
  switch (error.keyword) {
    case 'if':
      return null;
    case 'required':
      return missing(at, schema, String(error.params['missingProperty']));
    case 'additionalProperties':
      return extraKey(at, schema, String(error.params['additionalProperty']), error.data);
    default:
      return wrongValue(at, schema, error);
  }
}

function wrongValue(at: readonly Segment[], schema: Described, error: ErrorObject): ShapeProblem {
  const expected = describeExpected(schema);
  const empty = error.keyword === 'minLength' ? 'an empty string' : undefined;
  const keys = error.keyword.endsWith('Properties') ? countKeys(error.data) : undefined;
  const found = empty ?? keys ?? describeFound(error.data, schema);
  const suggestion = typeof error.data === 'string' ? nearest(error.data, schema.enum ?? []) : undefined;
  const message = `expected ${expected}; found ${found}${didYouMean(suggestion)}`;
  return {
    kind: 'value',
    problem: { path: showPath(at), message, expected, found, suggestion },
    at,
  };
}

function countKeys(value: unknown): string {
  return Object.keys(value as object).length === 0 ? 'an empty object' : 'an object with several keys';
}

function missing(at: readonly Segment[], schema: Described, key: string): ShapeProblem {
  const expected = describeExpected((schema.properties?.[key] ?? {}) as Described);
  return {
    kind: 'missing',
    problem: {
      path: showPath([...at, key]),
      message: `is required: expected ${expected}; found nothing`,
      expected,
      found: 'nothing',
    },
    at: null,
  };
}

function extraKey(
  at: readonly Segment[],
  schema: Described,
  key: string,
  data: unknown,
): ShapeProblem | null {
  const place = [...at, key];
  const path = showPath(place);
  if (schema['x-elsewhere']?.includes(key) === true) {
    // Forms write null for what does not apply: nothing to warn of.
    if ((data as Record<string, unknown>)[key] === null) return null;
    const message = `does not apply with ${schema['x-variant']}; it is ignored`;
    return { kind: 'not-applicable', problem: { path, message }, at: place };
  }
  const known = Object.keys(schema.properties ?? {});
  const free = known.filter((name) => !Object.hasOwn(data as object, name));
  const suggestion = otherWord(key, free) ?? nearest(key, free);
  const expected = `one of ${known.join(', ')}`;
  return {
    kind: 'unknown',
    problem: {
      path,
      message: `unknown key${didYouMean(suggestion)}${suggestion === undefined ? `; expected ${expected}` : ''}`,
      expected,
      found: describeValue(key),
      suggestion,
    },
    at: place,
    meant: suggestion === undefined ? undefined : childPath(showPath(at), suggestion),
  };
}

function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : `; did you mean ${suggestion === '' ? '""' : suggestion}?`;
}
