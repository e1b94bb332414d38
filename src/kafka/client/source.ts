/** Makes native clients from the configuration, with the secrets as they are at that moment. */
import { consumerProperties, producerProperties } from './librdkafka.js';
import type { ResolvedConfig } from '../../config/resolve.js';
import { resolveSecrets, type ResolvedSecrets } from './secrets.js';
import { ageOfTlsFiles, assertTlsFilesReadable, clientCertificate } from './tls-files.js';
import { CloserLook } from '../watch/closer-look.js';
import { openNativeConsumer } from './consumer.js';
import type { ConsumerSource } from '../port/consumer-port.js';
import { openNativeProducer } from './producer.js';
import type {
  ClientListener,
  ClientPort,
  ClientSource,
  ConnectionCause,
  ProducerSource,
} from '../port/ports.js';
import { tokenServerTrouble } from '../watch/token-look.js';

export function nativeProducerSource(config: ResolvedConfig): ProducerSource {
  return new NativeSource(config, (secrets, listener) =>
    openNativeProducer(producerProperties(config, secrets), listener, config.topics.create),
  );
}

export function nativeConsumerSource(config: ResolvedConfig): ConsumerSource {
  return new NativeSource(config, (secrets, listener) => {
    // Where to start is found at assignment, by `autoOffsetReset`. This is for an offset that goes away
    // while it is read: the nearest record that is left comes next, nothing more is skipped.
    const properties = { ...consumerProperties(config, secrets), 'auto.offset.reset': 'earliest' };
    return openNativeConsumer(properties, listener);
  });
}

/** Exported for its tests. */
export class NativeSource<L extends ClientListener, P extends ClientPort> implements ClientSource<L, P> {
  readonly #config: ResolvedConfig;
  readonly #open: (secrets: ResolvedSecrets, listener: L) => Promise<P>;
  readonly #closerLook: CloserLook;
  #lastState: string | undefined;
  #lastSecrets: ResolvedSecrets | undefined;

  constructor(config: ResolvedConfig, open: (secrets: ResolvedSecrets, listener: L) => Promise<P>) {
    this.#config = config;
    this.#open = open;
    const { protocol, tls } = config.connection.security;
    const check = tls?.endpointIdentificationAlgorithm ?? 'https';
    this.#closerLook = new CloserLook({
      overTls: protocol.endsWith('ssl'),
      checksHostName: check === 'https',
      own: () => clientCertificate(config),
    });
  }

  async open(listener: L): Promise<P> {
    const secrets = await resolveSecrets(this.#config);
    await assertTlsFilesReadable(this.#config);
    this.#lastState = await this.#stateOf(secrets);
    this.#lastSecrets = secrets;
    return this.#make(secrets, listener);
  }

  /** Where the secrets cannot be read at the moment, those that the first client has do as well. */
  async beside(listener: L): Promise<P> {
    const last = this.#lastSecrets;
    const read = resolveSecrets(this.#config);
    const secrets = await (last === undefined ? read : read.catch(() => last));
    await assertTlsFilesReadable(this.#config);
    return this.#make(secrets, listener);
  }

  #make(secrets: ResolvedSecrets, listener: L): Promise<P> {
    const configured = new Set(this.#config.connection.bootstrapServers.split(','));
    const onCause = (told: ConnectionCause): void => {
      const reached = told.reached === true || configured.has(told.address ?? '');
      const cause = { ...told, reached };
      this.#closerLook
        .refine(cause, (refined) => {
          listener.onCause(refined);
        })
        .catch(() => {
          listener.onCause(cause);
        });
    };
    return this.#open(secrets, { ...listener, onCause });
  }

  async changed(): Promise<boolean> {
    const secrets = await resolveSecrets(this.#config);
    return (await this.#stateOf(secrets)) !== this.#lastState;
  }

  async whySilent(stopping: AbortSignal): Promise<ConnectionCause | null> {
    const url = this.#config.connection.security.sasl?.oauthbearer?.tokenEndpointUrl;
    return url === undefined ? null : tokenServerTrouble(url, stopping);
  }

  /** Secrets and the age of the TLS files; compared here, never shown. */
  async #stateOf(secrets: ResolvedSecrets): Promise<string> {
    return JSON.stringify([secrets, await ageOfTlsFiles(this.#config)]);
  }
}
