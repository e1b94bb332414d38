/** Makes native producers from the configuration, with the secrets as they are at that moment. */
import { stat } from 'node:fs/promises';
import { producerProperties } from '../config/librdkafka.js';
import type { ResolvedConfig } from '../config/resolve.js';
import { resolveSecrets } from '../config/secrets.js';
import { openNativeProducer } from './producer.js';
import type { ProducerListener, ProducerPort, ProducerSource } from './ports.js';

export class NativeProducerSource implements ProducerSource {
  readonly #config: ResolvedConfig;
  #lastState: string | undefined;

  constructor(config: ResolvedConfig) {
    this.#config = config;
  }

  async open(listener: ProducerListener): Promise<ProducerPort> {
    const secrets = await resolveSecrets(this.#config);
    this.#lastState = await this.#stateOf(secrets);
    return openNativeProducer(producerProperties(this.#config, secrets), listener);
  }

  async changed(): Promise<boolean> {
    const secrets = await resolveSecrets(this.#config);
    return (await this.#stateOf(secrets)) !== this.#lastState;
  }

  /** Secrets and the age of the TLS files; compared here, never shown. */
  async #stateOf(secrets: unknown): Promise<string> {
    const { tls } = this.#config.connection.security;
    const files = [tls?.caLocation, tls?.certificateLocation, tls?.keyLocation];
    const ages = files.map(async (path) => {
      if (path === null || path === undefined) return null;
      return stat(path).then(
        (file) => `${file.mtimeMs}/${file.size}`,
        () => 'unreadable',
      );
    });
    return JSON.stringify([secrets, await Promise.all(ages)]);
  }
}
