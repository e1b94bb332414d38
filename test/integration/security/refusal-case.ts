import type { SecureKafka } from '../../support/secure-kafka.js';

/** A way to connect that does not work: code, cause in words, hint, state. */
export interface RefusalCase {
  readonly what: string;
  readonly at: (kafka: SecureKafka) => string;
  readonly security: (kafka: SecureKafka) => unknown;
  /** Of librdkafka. */
  readonly properties?: (kafka: SecureKafka) => Readonly<Record<string, string>>;
  readonly code: string;
  readonly words: RegExp;
  readonly hint: string | RegExp;
  readonly state?: 'failed' | 'connecting';
  /** What the token server that the broker does not trust answers with. */
  readonly trouble?: number;
  /** Longer than it takes to be told. */
  readonly messageTimeoutMs?: number;
}
