import { compileExpression } from '../../mapping/jmespath.js';
import { MAX_PATH_SEGMENTS, pathSegments } from '../../mapping/mapped-object.js';
import { reasonOf } from '../../reason.js';
import { childPath } from '../path.js';
import { refuse } from './finding.js';
import type { Finding } from './finding.js';

/** The rules of a mapped_json payload; `at` is the path of its `config`. */
export function mappedJsonFindings(at: string, config: Readonly<Record<string, string>>): Finding[] {
  const rules = Object.entries(config);
  if (rules.length === 0) {
    const expected = 'at least one rule, output path → JMESPath expression';
    return [refuse(at, `expected ${expected}; found none`, { expected, found: 'none' })];
  }
  return rules.flatMap(([path, source]) => ruleFindings(at, path, source));
}

function ruleFindings(at: string, path: string, source: string): Finding[] {
  const findings: Finding[] = [];
  const place = childPath(at, path);
  const { length } = pathSegments(path);
  if (length > MAX_PATH_SEGMENTS) {
    const expected = `an output path of at most ${MAX_PATH_SEGMENTS} segments`;
    findings.push(
      refuse(place, `expected ${expected}; found ${length}`, { expected, found: String(length) }),
    );
  }
  if (length === 0) {
    findings.push(
      refuse(place, 'expected an output path; found a blank one', {
        expected: 'an output path',
        found: 'a blank one',
      }),
    );
  }
  if (source.trim() === '') {
    const expected = 'a JMESPath expression';
    findings.push(
      refuse(place, `expected ${expected}; found a blank one`, { expected, found: 'a blank one' }),
    );
  } else {
    const reason = failure(() => compileExpression(source));
    if (reason !== null) {
      findings.push(
        refuse(place, `JMESPath expression ${reason}`, { expected: 'a JMESPath expression that parses' }),
      );
    }
  }
  return findings;
}

/** The message of the error that a call throws. */
export function failure(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}
