/** The public factory: `assemble` with the native ports. */
import type { CreateOptions, KafkaNorthward } from './api/northward.js';
import { assemble } from './assemble.js';
import type { NorthwardConfig } from './api/config.js';
import { nativeConsumerSource, nativeProducerSource } from './kafka/client/source.js';
import { CommitTurns } from './store/commit-scheduler.js';
import { NodeDisk } from './store/node-disk.js';
import { DiskStore } from './store/store.js';

/** All stores of the process take turns. */
const disk = new NodeDisk();
const turns = new CommitTurns();

/**
 * Makes a northward object from a configuration: validates and compiles everything, does no I/O, does not
 * load the native client. Call `start()` next.
 *
 * @param config a literal, or from `defineConfig()`, `loadConfigFile()`, `parseConfigText()`; for imported JSON
 * `asConfig()`. Whatever the compiler says, everything in it is checked at run time.
 * @throws ConfigError with every problem of the configuration at once.
 */
export function createKafkaNorthward(config: NorthwardConfig, options: CreateOptions = {}): KafkaNorthward {
  return assemble(config, options, {
    producer: nativeProducerSource,
    consumer: nativeConsumerSource,
    store: (store, clock, listener) => new DiskStore(store, disk, clock, turns, listener),
  });
}
