import type { NorthwardConfig } from './api/config.js';
import type { DiagnoseOptions, Finding } from './api/diagnosis.js';
import { readDiagnoseOptions } from './host-arguments.js';

/**
 * Looks at everything that a gateway with this configuration needs, one step after the other, and tells of each what was found:
 * configuration, secrets, client, names, ports, TLS, SASL, brokers, topics, rights, group, store (docs/doctor.md). It does not disturb a
 * gateway that runs with the same configuration: it joins no group, commits nothing, takes no lock of the store, and writes to no topic
 * but the one of `options.canary`.
 *
 * Nothing happens before the first finding is asked for. What a step finds wrong is a finding, not an error, and later steps go on where
 * they can. Leaving the loop, or `options.signal`, closes all that is open.
 *
 * @param config as for `createKafkaNorthward()`
 * @throws NorthwardError `ARGUMENT_INVALID`, which names the option.
 */
export function diagnose(config: NorthwardConfig, options: DiagnoseOptions = {}): AsyncIterable<Finding> {
  return findings(config, readDiagnoseOptions(options));
}

async function* findings(config: NorthwardConfig, options: DiagnoseOptions): AsyncGenerator<Finding, void> {
  const { nativeDiagnosis } = await import('./native-diagnosis.js');
  yield* nativeDiagnosis(config, options);
}
