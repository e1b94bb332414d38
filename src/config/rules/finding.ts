import type { ConfigProblem } from '../../api/errors.js';
import { nearest } from '../describe.js';
import type { StoreDocument } from '../resolve-store.js';
import type { ResolvedConfig } from '../resolved-config.js';

/** What a rule found. */
export interface Finding {
  readonly problem: ConfigProblem;
  /** Told, but not refused. */
  readonly warning: boolean;
  /** Other fields that it rests on: where one of them is wrong by itself, this finding is none. */
  readonly reads: readonly string[];
}

/** What a rule looks at. */
export interface RuleInput {
  readonly config: ResolvedConfig;
  /** Whether `app.id` was given, in the document or beside it. */
  readonly appIdGiven: boolean;
  /** Whether `downlink.groupId` was given. */
  readonly groupIdGiven: boolean;
  /** `connection.bootstrapServers` as it was given. */
  readonly bootstrapServers: string | readonly string[];
  /** Where the names of `uplink.headers` stand: it is a list, or has one. */
  readonly headersAt: string;
  /** `uplink.store` as it was given, with the defaults of the schema; `null`: there is none. */
  readonly store: StoreDocument | null;
}

export type Rule = (input: RuleInput) => readonly Finding[];

interface Details {
  readonly expected?: string;
  readonly found?: string;
  readonly suggestion?: string | undefined;
  readonly reads?: readonly string[];
}

export function refuse(path: string, message: string, details: Details = {}): Finding {
  return finding(path, message, details, false);
}

export function warn(path: string, message: string, details: Details = {}): Finding {
  return finding(path, message, details, true);
}

function finding(
  path: string,
  message: string,
  { reads = [], ...words }: Details,
  warning: boolean,
): Finding {
  return { problem: { path, message, ...words }, warning, reads };
}

/** `value` must not be below another field. */
export function atLeast(
  [path, value]: readonly [path: string, value: number],
  [lowerPath, lower]: readonly [path: string, value: number],
): Finding[] {
  if (value >= lower) return [];
  const expected = `at least ${lowerPath} (${lower})`;
  return [
    refuse(path, `expected ${expected}; found ${value}`, {
      expected,
      found: String(value),
      reads: [lowerPath],
    }),
  ];
}

/** The nearest name, as the end of a message and as a field. */
export function suggest(
  word: string,
  names: readonly string[],
): { text: string; suggestion: string | undefined } {
  const suggestion = nearest(word, names);
  return { suggestion, text: suggestion === undefined ? '' : `; did you mean ${suggestion}?` };
}
