/** A gateway whose every word is kept: to see how a connection fails, and that no secret is in any of it. */
import { inspect } from 'node:util';
import { createKafkaNorthward, type KafkaNorthward, type NorthwardError } from '../../../src/index.js';
import { until } from '../../support/memory-northward.js';
import { TOPIC } from '../../support/secure-kafka.js';

export interface WatchedOptions {
  readonly topic?: string;
  readonly producer?: Readonly<Record<string, unknown>>;
}

/** All that was said by every gateway of this file. */
export const said: string[] = [];

/** Looks at a thing in each way that a host may log it. */
function keep(thing: unknown): void {
  said.push(inspect(thing, { depth: 20, showHidden: true, getters: true }), String(thing));
  said.push(
    JSON.stringify(thing, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ??
      '',
  );
}

export class Watched {
  readonly northward: KafkaNorthward;
  readonly errors: NorthwardError[] = [];
  readonly states: string[] = [];
  readonly #from = performance.now();

  constructor(bootstrapServers: string, security: unknown, { topic = TOPIC, producer }: WatchedOptions = {}) {
    const log = (message: string, fields?: unknown): void => keep([message, fields]);
    const config = {
      connection: { bootstrapServers, security },
      uplink: {
        producer: { messageTimeoutMs: 1_500, requestTimeoutMs: 1_000, ...producer },
        telemetry: { enabled: true, topic },
      },
      downlink: { enabled: false },
      retryPolicy: { initialIntervalMs: 500 },
    };
    this.northward = createKafkaNorthward(config, {
      logger: { debug: log, info: log, warn: log, error: log },
    });
    this.northward.on('error', (error) => {
      keep(error);
      this.errors.push(error);
    });
    this.northward.on('state', (change) => {
      keep(change);
      this.states.push(change.state);
    });
    this.northward.on('undelivered', keep);
  }

  /** Milliseconds since it was made. */
  get ms(): number {
    return Math.round(performance.now() - this.#from);
  }

  publish(): Promise<unknown> {
    const reading = { deviceId: 1, deviceName: 'pump', values: { pressure: 1 } };
    return this.northward.publishTelemetry({ ...reading, timestamp: Date.now() }).catch((error: unknown) => {
      keep(error);
      throw error;
    });
  }

  /** Waits for the error event with this code. */
  async error(code: string): Promise<NorthwardError> {
    await until(`${code}, not only ${this.errors.map((error) => error.code).join()}`, () =>
      this.errors.some((error) => error.code === code),
    );
    return this.errors.find((error) => error.code === code) as NorthwardError;
  }

  /** Publishes again and again until one arrives. */
  async untilDelivered(timeoutMs = 60_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      try {
        await this.publish();
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        // Fails at once where a topic is known to be forbidden.
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async stop(): Promise<void> {
    keep(this.northward);
    keep(this.northward.metrics());
    keep(await this.northward.stop({ timeoutMs: 1_000 }));
  }
}

/** Measured, not asserted. */
export function tell(what: string, ms: number): void {
  console.log(`      ${what}: ${ms} ms`);
}
