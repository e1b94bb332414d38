/** What `health()` returns: for the probes of an orchestrator, and for the person who asks what is wrong. */

/** `down`: it can take no work at the moment. `degraded`: it works, but a person should look. */
export type HealthStatus = 'ok' | 'degraded' | 'down';

/** What is looked at; docs/health.md has the rules of each. */
export type HealthCheckName = 'life' | 'uplink' | 'topics' | 'store' | 'room' | 'downlink' | 'held';

/** One thing that was looked at. */
export interface HealthCheck {
  readonly name: HealthCheckName;
  readonly status: HealthStatus;
  /** Unix ms, of when it began; `null`: nothing is wrong, or the beginning is not known. */
  readonly since: number | null;
  /** What is wrong; `null`: nothing. Never a secret. */
  readonly reason: string | null;
  /** What to do; `null`: nothing is wrong. */
  readonly hint: string | null;
}

/** How the object is at this moment. */
export interface Health {
  /** `false`: a fault inside of the process, which only a restart (or a new object) cures. An outage of Kafka or of the disk never is one. */
  readonly live: boolean;
  /** It takes work: events are sent, or kept on disk until they can be. The same as `live` and a `status` other than `down`. */
  readonly ready: boolean;
  /** The worst of the checks. */
  readonly status: HealthStatus;
  /** One for each thing that the configuration uses, in a fixed order; before `start()` and after `stop()` only `life`. */
  readonly checks: readonly HealthCheck[];
}
