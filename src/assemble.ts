/** The composition root: ports in, object out. `createKafkaNorthward` is this with the native ports. */
import type { CreateOptions, KafkaNorthward } from './api.js';
import { systemClock, type Clock } from './clock.js';
import { parseConfig } from './config/parse.js';
import type { ResolvedConfig } from './config/resolve.js';
import type { NorthwardError } from './errors.js';
import { Events } from './events.js';
import { needsPerson } from './kafka/error-map.js';
import type { ProducerSource } from './kafka/ports.js';
import { ConnectionStatus } from './kafka/status.js';
import { RepeatLimiter } from './log-limiter.js';
import { safeLogger } from './logging.js';
import type { Logger } from './model.js';
import { Northward } from './northward.js';
import { compileUplink } from './uplink/mapping.js';
import { Uplink } from './uplink/uplink.js';

/** The ways out of the pure core. */
export interface Ports {
  readonly producer: (config: ResolvedConfig) => ProducerSource;
  /** Default: the machine's, with the host's `now`. */
  readonly clock?: Clock;
}

/**
 * Validates and compiles everything; no I/O, no native module.
 * @throws ConfigError with every problem of the configuration.
 */
export function assemble(input: unknown, options: CreateOptions, ports: Ports): KafkaNorthward {
  const { config, warnings } = parseConfig(input, options);
  const logger = safeLogger(options.logger);
  const clock = ports.clock ?? systemClock(options.now);
  const events = new Events(logger);
  const reporter = new Reporter(events, logger, clock);
  for (const warning of warnings) logger.warn(`Configuration: ${warning.path}: ${warning.message}`);

  const uplinkStatus = new ConnectionStatus((change) => {
    const fields = { side: 'uplink', previous: change.previous, reason: change.reason?.message };
    logger.info(`Uplink is ${change.state}`, fields);
    if (change.state === 'connected') reporter.wellAgain();
    events.emit('state', { ...change, side: 'uplink', overall: northward.state });
  });
  const uplink = new Uplink({
    config,
    clock,
    source: ports.producer(config),
    status: uplinkStatus,
    mapper: compileUplink(config, {
      ...(options.pointMeta === undefined ? {} : { pointMeta: options.pointMeta }),
      now: () => clock.now(),
      warn: (message, fields) => {
        logger.warn(message, fields);
      },
    }),
    onError: (error) => {
      reporter.error(error);
    },
    onLog: (_level, facility, message) => {
      logger.debug(`librdkafka ${facility}: ${message}`);
    },
    onUndelivered: () =>
      events.has('undelivered')
        ? (message) => {
            events.emit('undelivered', message);
          }
        : null,
  });
  const northward = new Northward({
    clock,
    events,
    warnings,
    uplink,
    uplinkEnabled: config.uplink.enabled,
    uplinkStatus,
  });
  return northward;
}

/** Tells faults: as an event and to the logger, the same cause at most once a minute. */
class Reporter {
  readonly #events: Events;
  readonly #logger: Logger;
  readonly #limiter: RepeatLimiter;

  constructor(events: Events, logger: Logger, clock: Clock) {
    this.#events = events;
    this.#logger = logger;
    this.#limiter = new RepeatLimiter(() => clock.monotonic());
  }

  error(error: NorthwardError): void {
    const held = this.#limiter.pass(`${error.code} ${error.message}`);
    if (held === null) return;
    const fields = { code: error.code, hint: error.hint, ...(held > 0 ? { repeated: held } : {}) };
    if (needsPerson(error.code)) this.#logger.error(error.message, fields);
    else this.#logger.warn(error.message, fields);
    this.#events.emit('error', error);
  }

  wellAgain(): void {
    this.#limiter.clear();
  }
}
