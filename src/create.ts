/** The public factory: `assemble` with the native ports. */
import type { CreateOptions, KafkaNorthward } from './api.js';
import { assemble } from './assemble.js';
import type { NorthwardConfig } from './config/types.js';
import { nativeConsumerSource, nativeProducerSource } from './kafka/source.js';

/**
 * Makes a northward object from a configuration: validates and compiles everything, does no I/O, does not
 * load the native client. Call `start()` next.
 *
 * @param config a typed object, or a parsed JSON document as it is.
 * @throws ConfigError with every problem of the configuration at once.
 */
export function createKafkaNorthward(config: NorthwardConfig, options?: CreateOptions): KafkaNorthward;
/** A parsed JSON document: its content is checked at run time, as a typed object's is. */
export function createKafkaNorthward(config: unknown, options?: CreateOptions): KafkaNorthward;
export function createKafkaNorthward(config: unknown, options: CreateOptions = {}): KafkaNorthward {
  return assemble(config, options, { producer: nativeProducerSource, consumer: nativeConsumerSource });
}
