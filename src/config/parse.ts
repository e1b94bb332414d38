import { ConfigError, type ConfigProblem } from '../api/errors.js';
import { cut } from '../api/reason.js';
import type { AppInfo } from '../api/uplink.js';
import { copyDocument } from './clone.js';
import { kindOf } from './describe.js';
import { PathSet } from './path.js';
import { textOf, withPlaces } from './places.js';
import { resolveConfig, storeIn } from './resolve.js';
import type { ResolvedConfig } from './resolved-config.js';
import { judge } from './rules/rules.js';
import type { Finding, RuleInput } from './rules/finding.js';
import { isObject } from './schema/schema-node.js';
import type { NorthwardConfig } from '../api/config.js';
import { validateShape, type KeyPolicy } from './validate.js';
import type { CreateOptions } from '../api/northward.js';

export interface ParseOptions {
  /** The application, as the host knows it; wins over `app` in the document. */
  readonly app?: Partial<AppInfo> | undefined;
  /** Wins over `retryPolicy` in the document, field by field. */
  readonly retryPolicy?: NorthwardConfig['retryPolicy'];
  /** What to make of keys that the schema does not know. Default `error`. */
  readonly unknownKeys?: KeyPolicy | undefined;
}

export interface ParsedConfig {
  /** Deeply frozen. */
  readonly config: ResolvedConfig;
  readonly warnings: readonly ConfigProblem[];
}

type Document = Record<string, unknown>;

/** A configuration, and all that is wrong with it. */
export interface ExaminedConfig extends ParsedConfig {
  /** None: it is sound. Else `config` has what could be read, with the defaults in the place of what is wrong. */
  readonly problems: readonly ConfigProblem[];
  /** Name of its text, such as that of the file. */
  readonly source: string | undefined;
}

/**
 * Checks and resolves a configuration: a typed one, or imported JSON. The input is not changed.
 *
 * @throws ConfigError with every problem at once. No message holds the value of a secret.
 */
export function parseConfig(input: unknown, options: ParseOptions = {}): ParsedConfig {
  const { config, warnings, problems, source } = examineConfig(input, options);
  if (problems.length > 0) throw new ConfigError(problems, { source });
  return Object.freeze({ config, warnings });
}

/**
 * The same, for those who go on with what is sound in it.
 *
 * @throws ConfigError where it is no object at all.
 */
export function examineConfig(input: unknown, options: ParseOptions = {}): ExaminedConfig {
  const copied = copyDocument(input);
  if (!isObject(copied.value)) throw new ConfigError([notAnObject(copied.problems, input)]);
  const document = copied.value as Document;
  const beside = [
    ...overlay(document, 'app', options.app),
    ...overlay(document, 'retryPolicy', options.retryPolicy),
  ];
  const foreign = [...copied.problems, ...beside];
  const shape = validateShape(document, options.unknownKeys ?? 'error');
  const unread = new PathSet(foreign.map(({ path }) => path));
  const shapeProblems = shape.problems.filter(({ path }) => !unread.overlaps(path));
  const config = resolveConfig(document);
  const wrong = [...foreign, ...shape.problems].map(({ path }) => path);
  const doubtful = new PathSet([...wrong, ...shape.meant]);
  const findings = judge(ruleInput(config, document)).filter((f) => !restsOn(f, doubtful));
  const text = textOf(input);
  const sections = (['app', 'retryPolicy'] as const).filter((section) => options[section] != null);
  const placed = (problems: readonly ConfigProblem[]): readonly ConfigProblem[] =>
    withPlaces(problems, text, sections);
  return deepFreeze({
    config,
    warnings: placed([...shape.warnings, ...problemsOf(findings, true)]),
    problems: placed([...foreign, ...shapeProblems, ...problemsOf(findings, false)]),
    source: text?.source,
  });
}

function notAnObject(problems: readonly ConfigProblem[], input: unknown): ConfigProblem {
  const found = problems[0]?.found ?? kindOf(input);
  return { path: '', message: `expected an object; found ${found}`, expected: 'an object', found };
}

/** Lays what the host gave beside the document over a section of it. */
function overlay(document: Document, section: string, given: unknown): readonly ConfigProblem[] {
  const { value, problems } = copyDocument(given, [section]);
  const present = document[section];
  // A section that is no object is a problem of the document, which is told with its path.
  if (!isObject(value) || (present !== undefined && !isObject(present))) return problems;
  document[section] = Object.assign(Object.create(null) as Document, present, value);
  return problems;
}

function ruleInput(config: ResolvedConfig, document: Document): RuleInput {
  const { app, connection, uplink, downlink } = document as NorthwardConfig & Document;
  const groupId: unknown = downlink?.groupId;
  return {
    config,
    appIdGiven: app?.id !== undefined,
    groupIdGiven: typeof groupId === 'string' && groupId.trim() !== '',
    bootstrapServers: connection?.bootstrapServers ?? '',
    headersAt: isObject(uplink?.headers) ? 'uplink.headers.include' : 'uplink.headers',
    store: uplink?.store == null ? null : storeIn(document),
  };
}

/** Whether a finding is about, or rests on, something that is wrong by itself. */
function restsOn({ problem, reads }: Finding, doubtful: PathSet): boolean {
  return [problem.path, ...reads].some((path) => doubtful.overlaps(path));
}

function problemsOf(findings: readonly Finding[], warning: boolean): ConfigProblem[] {
  return findings.filter((f) => f.warning === warning).map(({ problem }) => problem);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

/** What a message shows of a text. */
const LONGEST_TEXT = 60;

const NAMES = ['app', 'retryPolicy', 'pointMeta', 'logger', 'now', 'unknownKeys'] as const;

/**
 * Reads each option once, from what the host hands over beside the document: an object of JavaScript, which may be anything.
 * @throws ConfigError where that is not possible.
 */
export function readOptions(given: unknown): CreateOptions {
  if (given === null || given === undefined) return {};
  if (typeof given !== 'object') throw refused('options', 'an object', kindOf(given));
  const options: CreateOptions = Object.fromEntries(NAMES.map((name) => [name, read(given, name)]));
  assertLogger(options.logger);
  return options;
}

const A_LOGGER = '"console", pinoLogger(log), or { debug, info, warn, error }(message, fields)';

/** What would silently log nothing, or without its fields. Any other object is taken: what it throws does no harm. */
function assertLogger(logger: unknown): void {
  if (typeof logger === 'string' && logger !== 'console') {
    throw refused('options.logger', A_LOGGER, JSON.stringify(cut(logger, LONGEST_TEXT)));
  }
  if (isPino(logger)) {
    throw refused('options.logger', A_LOGGER, 'a logger of pino, which wants (fields, message)');
  }
}

/** Others have children as well, but no bindings. */
function isPino(logger: unknown): boolean {
  try {
    const { bindings, isLevelEnabled } = (logger ?? {}) as Readonly<Record<string, unknown>>;
    return typeof bindings === 'function' && typeof isLevelEnabled === 'function';
  } catch {
    return false;
  }
}

function read(given: object, name: (typeof NAMES)[number]): unknown {
  try {
    return (given as CreateOptions)[name];
  } catch {
    throw refused(`options.${name}`, 'a value', 'a getter that throws');
  }
}

function refused(path: string, expected: string, found: string): ConfigError {
  return new ConfigError([{ path, message: `expected ${expected}; found ${found}`, expected, found }]);
}
