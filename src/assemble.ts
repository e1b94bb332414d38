/** The composition root: ports in, object out. `createKafkaNorthward` is this with the native ports. */
import type { CreateOptions, KafkaNorthward } from './api.js';
import { systemClock, type Clock } from './clock.js';
import { parseConfig } from './config/parse.js';
import type { ResolvedConfig } from './config/resolve.js';
import { Events, type Undelivered } from './events.js';
import type { ProducerSource } from './kafka/ports.js';
import { ConnectionStatus } from './kafka/status.js';
import { safeLogger } from './logging.js';
import type { Logger } from './model.js';
import { Reporter } from './reporter.js';
import { Northward } from './northward.js';
import { compileUplink, type UplinkMapper } from './uplink/mapping.js';
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
  const emitUndelivered = (message: Undelivered): void => {
    events.emit('undelivered', message);
  };
  const uplink = new Uplink({
    config,
    clock,
    source: ports.producer(config),
    status: uplinkStatus,
    mapper: makeMapper(config, options, clock, logger),
    onError: (error) => {
      reporter.error(error);
    },
    onLog: (_level, facility, message) => {
      logger.debug(`librdkafka ${facility}: ${message}`);
    },
    onUndelivered: () => (events.has('undelivered') ? emitUndelivered : null),
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

function makeMapper(
  config: ResolvedConfig,
  options: CreateOptions,
  clock: Clock,
  logger: Logger,
): UplinkMapper {
  return compileUplink(config, {
    pointMeta: options.pointMeta,
    now: () => clock.now(),
    warn: (message, fields) => {
      logger.warn(message, fields);
    },
  });
}
