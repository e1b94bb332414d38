/** Another configuration for an object that runs: its mappings and the sizes of its queues, all or nothing (contract §7.8). */
import type { CreateOptions } from './api/northward.js';
import { ConfigError, type ConfigProblem } from './api/errors.js';
import { UPLINK_SLOTS } from './api/kinds.js';
import { differences } from './config/differences.js';
import { parseConfig } from './config/parse.js';
import type { ResolvedConfig } from './config/resolved-config.js';
import { answersOf } from './uplink/outward.js';
import type { UplinkMapper } from './uplink/encode/mapper.js';

const SIZES: ReadonlySet<string> = new Set([
  'uplink.queue.maxMessages',
  'uplink.queue.maxBytes',
  'downlink.maxQueued',
  'downlink.maxQueuedBytes',
]);
const MAPPINGS = [...UPLINK_SLOTS, 'dataGap'].map((slot) => `uplink.${slot}.`);

/** Another configuration, ready to be used. */
export interface Reconfiguration {
  readonly config: ResolvedConfig;
  readonly warnings: readonly ConfigProblem[];
  readonly mapper: UplinkMapper;
  /** The paths that differ from before. */
  readonly changed: readonly string[];
}

/**
 * Checks and compiles it; nothing is changed by that.
 *
 * @param options those with which the object was made
 * @param before its present configuration and mapper
 * @param sends whether it has a producer
 * @throws ConfigError with every problem, or with every path that differs and cannot be changed
 */
export function prepare(
  input: unknown,
  options: CreateOptions,
  before: Pick<Reconfiguration, 'config' | 'mapper'>,
  sends: boolean,
): Reconfiguration {
  const { config, warnings } = parseConfig(input, options);
  const changed = differences(before.config, config);
  const fixed = changed.filter((path) => !isChangeable(path));
  if (fixed.length > 0) throw new ConfigError(fixed.map(notChangeable));
  const mapper = before.mapper.with(config);
  if (!sends && answersOf(config, mapper)) {
    const answers = changed.filter((path) => path.endsWith('.enabled'));
    throw new ConfigError(answers.map(needsProducer));
  }
  return { config, warnings, mapper, changed };
}

function isChangeable(path: string): boolean {
  return SIZES.has(path) || MAPPINGS.some((mapping) => path.startsWith(mapping));
}

const INSTEAD =
  'reconfigure() changes mappings and the sizes of queues only; for this, stop() the object and make a new one (docs/replacing.md)';

function notChangeable(path: string): ConfigProblem {
  return { path, message: `differs from the running configuration: ${INSTEAD}` };
}

function needsProducer(path: string): ConfigProblem {
  const message = `needs a producer, which this object has not, as nothing was sent until now: ${INSTEAD}`;
  return { path, message };
}
