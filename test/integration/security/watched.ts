/** A gateway whose every word is kept: to see how a connection fails, and that no secret is in any of it. */
import { inspect } from 'node:util';
import {
  asConfig,
  createKafkaNorthward,
  type KafkaNorthward,
  type NorthwardError,
} from '../../../src/index.js';
import { idOf, writePoint } from '../../support/downlink-gateway.js';
import { until } from '../../support/memory-northward.js';
import { produceAll } from '../../support/platform.js';
import { LONG_MS } from '../../support/real-gateways.js';
import { COMMANDS, GROUP, TOPIC, type SecureKafka } from '../../support/secure-kafka.js';

export type Side = 'uplink' | 'downlink';

export interface WatchedOptions {
  /** Default: both. */
  readonly sides?: readonly Side[];
  /** Of the telemetry. */
  readonly topic?: string;
  readonly producer?: Readonly<Record<string, unknown>>;
  readonly downlink?: Readonly<Record<string, unknown>>;
  /** Of librdkafka, for both. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** All that was said by every gateway of this file. */
export const said: string[] = [];

/** Looks at a thing in each way that a host may log it. */
export function keep(thing: unknown): void {
  said.push(inspect(thing, { depth: 20, showHidden: true, getters: true }), String(thing));
  said.push(
    JSON.stringify(thing, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ??
      '',
  );
}

function configOf(bootstrapServers: string, security: unknown, options: WatchedOptions): unknown {
  const { sides = ['uplink', 'downlink'], topic = TOPIC, producer, downlink, properties = {} } = options;
  const uplink = {
    producer: { messageTimeoutMs: 1_500, requestTimeoutMs: 1_000, ...producer },
    telemetry: { enabled: true, topic },
  };
  const writePointRoute = { enabled: true, topic: COMMANDS };
  return {
    connection: { bootstrapServers, security, properties },
    uplink: sides.includes('uplink') ? uplink : { enabled: false },
    downlink: sides.includes('downlink')
      ? { groupId: GROUP, autoOffsetReset: 'earliest', writePoint: writePointRoute, ...downlink }
      : { enabled: false },
    retryPolicy: { initialIntervalMs: 500 },
  };
}

export class Watched {
  readonly northward: KafkaNorthward;
  readonly errors: NorthwardError[] = [];
  readonly states: string[] = [];
  /** Request ids of the commands that came. */
  readonly executed: string[] = [];
  #from = performance.now();

  constructor(bootstrapServers: string, security: unknown, options: WatchedOptions = {}) {
    const log = (message: string, fields?: unknown): void => keep([message, fields]);
    const logger = { debug: log, info: log, warn: log, error: log };
    this.northward = createKafkaNorthward(asConfig(configOf(bootstrapServers, security, options)), {
      logger,
    });
    this.northward.on('error', (error) => {
      keep(error);
      this.errors.push(error);
    });
    this.northward.on('state', (change) => {
      keep(change);
      this.states.push(change.state);
    });
    for (const event of ['undelivered', 'rebalance', 'committed', 'offset-held'] as const) {
      this.northward.on(event, keep);
    }
    void this.#execute();
  }

  async #execute(): Promise<void> {
    for await (const command of this.northward.commands()) {
      keep(command);
      this.executed.push(idOf(command));
    }
  }

  /** Milliseconds since it was made, or since the last `restartClock()`. */
  get ms(): number {
    return Math.round(performance.now() - this.#from);
  }

  restartClock(): void {
    this.#from = performance.now();
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
    await until(
      `${code}, not only ${this.errors.map((error) => error.code).join()}`,
      () => this.errors.some((error) => error.code === code),
      LONG_MS,
    );
    return this.errors.find((error) => error.code === code) as NorthwardError;
  }

  async state(side: Side, state: string): Promise<void> {
    await until(`${side} ${state}`, () => this.northward.states[side] === state, LONG_MS);
  }

  /** Publishes again and again until one arrives. */
  async untilDelivered(timeoutMs = LONG_MS): Promise<void> {
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

  /** Has the platform send a write point, and waits until it is executed. */
  async untilExecuted({ kafka }: SecureKafka, topic = COMMANDS): Promise<void> {
    const id = await command(kafka.bootstrapServers, topic);
    await until(`write point ${id}`, () => this.executed.includes(id), LONG_MS);
  }

  async stop(): Promise<void> {
    keep(this.northward);
    keep(this.northward.metrics());
    keep(await this.northward.stop({ timeoutMs: 1_000 }));
  }
}

let sent = 0;

/** Sends a write point; tells its request id. */
export async function command(bootstrapServers: string, topic: string): Promise<string> {
  sent += 1;
  const id = `write-${sent}`;
  await produceAll(bootstrapServers, topic, [{ partition: 0, key: null, value: writePoint(id) }]);
  return id;
}

/** Measured, not asserted. */
export function tell(what: string, ms: number): void {
  console.log(`      ${what}: ${ms} ms`);
}
