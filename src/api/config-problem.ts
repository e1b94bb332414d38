/** One thing wrong with a configuration. */
export interface ConfigProblem {
  /** Path in the document, `uplink.telemetry.topic`. Empty: the document itself. */
  readonly path: string;
  readonly message: string;
  /** What would be right there. */
  readonly expected?: string | undefined;
  /** What stands there; never the value of a secret. */
  readonly found?: string | undefined;
  /** The nearest valid name, for a misspelt key or value. */
  readonly suggestion?: string | undefined;
  /** Where it stands in its text, from 1 on; of documents read by `loadConfigFile()` or `parseConfigText()`. */
  readonly line?: number | undefined;
  /** The place in that line, from 1 on. */
  readonly column?: number | undefined;
}

/** A problem as one line: where, and what. */
export function showProblem({ path, message, line, column }: ConfigProblem): string {
  const place = line === undefined ? '' : `line ${line}, column ${column}`;
  if (path === '') return `${place === '' ? '(document)' : place}: ${message}`;
  return `${path}${place === '' ? '' : ` (${place})`}: ${message}`;
}
