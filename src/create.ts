/** The public factory: `assemble` with the native ports. */
import type { CreateOptions, KafkaNorthward } from './api.js';
import { assemble } from './assemble.js';
import type { NorthwardConfig } from './config/schema.js';
import { NativeProducerSource } from './kafka/source.js';

/**
 * Makes a northward object from a configuration: validates and compiles everything, does no I/O, does not
 * load the native client. Call `start()` next.
 *
 * @param config a typed object, or a parsed JSON document as it is (`unknown`).
 * @throws ConfigError with every problem of the configuration at once.
 */
export function createKafkaNorthward(
  config: NorthwardConfig | unknown,
  options: CreateOptions = {},
): KafkaNorthward {
  return assemble(config, options, { producer: (resolved) => new NativeProducerSource(resolved) });
}
