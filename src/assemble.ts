/** The composition root: ports in, object out. `createKafkaNorthward` is this with the native ports. */
import type { CreateOptions, KafkaNorthward } from './api/northward.js';
import { systemClock, type Clock } from './core/clock.js';
import { readOptions } from './config/parse.js';
import { parseConfig } from './config/parse.js';
import type { ResolvedConfig } from './config/resolve.js';
import { Downlink } from './downlink/downlink.js';
import { compileRoutes } from './downlink/decode/routes.js';
import { GuardedClock } from './core/fault.js';
import type { NorthwardError } from './api/errors.js';
import { Events } from './core/emitter.js';
import type { DeliveredEvent, LostEvent, StateEvent, Undelivered } from './api/events.js';
import type { ConsumerSource } from './kafka/port/consumer-port.js';
import { guardedConsumers, guardedProducers } from './kafka/port/guarded-source.js';
import type { ProducerSource } from './kafka/port/ports.js';
import { ConnectionStatus } from './kafka/port/status.js';
import { SpreadSource } from './kafka/spread/spread-source.js';
import { type ConnectionState } from './api/events.js';
import type { ClientReports } from './kafka/watch/supervisor.js';
import { safeLogger } from './core/host-call.js';
import { loggerOf } from './observability/loggers.js';
import { LossLog } from './observability/loss-log.js';
import type { Logger } from './api/uplink.js';
import { Reporter } from './observability/reporter.js';
import { Northward, tellWarnings } from './northward.js';
import { answersOf, outwardOf } from './uplink/outward.js';
import { compileUplink, type UplinkMapper } from './uplink/encode/mapper.js';
import { Uplink, type StoreParts } from './uplink/uplink.js';
import type { Store, StoreListener, StoreOptions } from './store/port.js';

/** The ways out of the pure core. */
export interface Ports {
  readonly producer: (config: ResolvedConfig) => ProducerSource;
  readonly consumer: (config: ResolvedConfig) => ConsumerSource;
  /** Default: the machine's, with the host's `now`. */
  readonly clock?: Clock;
  /** Needed where `uplink.store` is configured. */
  readonly store?: (options: StoreOptions, clock: Clock, listener: StoreListener) => Store;
  /** How long an offset mark waits for others to be committed with it, ms. */
  readonly commitWaitMs?: number;
}

/** What both sides are made with. */
interface Context {
  readonly config: ResolvedConfig;
  readonly options: CreateOptions;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly events: Events;
  readonly reporter: Reporter;
  readonly losses: LossLog;
  /** State of the whole object. */
  readonly overall: () => ConnectionState;
}

/**
 * Validates and compiles everything; no I/O, no native module.
 * @throws ConfigError with every problem of the configuration.
 */
export function assemble(input: unknown, given: CreateOptions, ports: Ports): KafkaNorthward {
  const options = readOptions(given);
  const { config, warnings } = parseConfig(input, options);
  const logger = safeLogger(loggerOf(options.logger));
  const events = new Events(logger);
  const tell = (error: NorthwardError): void => {
    reporter.error(error);
  };
  const clock = new GuardedClock(ports.clock ?? systemClock(options.now), tell);
  const reporter = new Reporter(events, logger, clock);
  const losses = new LossLog(logger, clock);
  tellWarnings(logger, warnings);

  const overall = (): ConnectionState => northward.state;
  const context: Context = { config, options, logger, clock, events, reporter, losses, overall };
  const uplinkStatus = makeStatus(context, 'uplink');
  const producers = makeProducers(context, ports);
  const uplink = makeUplink(context, producers, uplinkStatus, storeParts(context, ports));
  const downlinkStatus = makeStatus(context, 'downlink');
  const downlink = makeDownlink(context, ports, downlinkStatus, uplink);
  const uplinkEnabled = config.uplink.enabled || (downlink.enabled && answersOf(config, uplink.mapper));
  const northward = new Northward({
    config,
    options,
    logger,
    clock,
    events,
    losses,
    reporter,
    warnings,
    uplink,
    uplinkEnabled,
    uplinkStatus,
    downlink,
    downlinkStatus,
  });
  return northward;
}

function makeStatus({ logger, reporter, events, overall }: Context, side: StateEvent['side']) {
  return new ConnectionStatus((change) => {
    const fields = { side, previous: change.previous, reason: change.reason?.message };
    const level = change.state === 'failed' ? 'error' : 'info';
    logger[level](`${side === 'uplink' ? 'Uplink' : 'Downlink'} is ${change.state}`, fields);
    if (change.state === 'connected') reporter.wellAgain();
    events.emit('state', { ...change, side, overall: overall() });
  });
}

/** With many topics, several clients. */
function makeProducers({ config, clock, reporter }: Context, ports: Ports): ProducerSource {
  const tell = (error: NorthwardError): void => {
    reporter.error(error);
  };
  const source = guardedProducers(ports.producer(config), tell);
  const { topicsPerClient, maxClients, topicIdleMs } = config.uplink.producer;
  if (topicsPerClient === null) return source;
  const settings = { topicsPerClient, maxClients, topicIdleMs };
  return new SpreadSource({ source, settings, policy: config.retryPolicy, clock, tell });
}

function makeUplink(
  context: Context,
  source: ProducerSource,
  status: ConnectionStatus,
  store: StoreParts | null,
): Uplink {
  const { config, clock, events, losses, logger } = context;
  const emit = (message: Undelivered): void => {
    events.emit('undelivered', message);
  };
  const undelivered = (): typeof emit | null => (events.has('undelivered') ? emit : null);
  const mapper = makeMapper(context);
  const made = (topic: string, partitions: number | null): void => {
    logger.info(`Topic ${topic} is made`, { topic, partitions });
  };
  const faults = faultsOf(context);
  return new Uplink(config, clock, source, status, mapper, losses, faults, undelivered, store, made);
}

/** `null`: no store is configured. */
function storeParts({ config, clock, events, logger }: Context, ports: Ports): StoreParts | null {
  const { store } = config.uplink;
  if (store === null) return null;
  const make = ports.store;
  if (make === undefined) throw new Error('there is no port for the store');
  const delivered = (event: DeliveredEvent): void => events.emit('delivered', event);
  const lost = (event: LostEvent): void => events.emit('lost', event);
  return {
    config: store,
    make: (listener) => make(store, clock, listener),
    sinks: {
      delivered: () => (events.has('delivered') ? delivered : null),
      lost: () => (events.has('lost') ? lost : null),
    },
    onWarning: (message, hint) => {
      logger.warn(message, { hint });
    },
    onWorking: () => {
      logger.info(`The store in ${store.folder} works again`);
    },
  };
}

function makeDownlink(context: Context, ports: Ports, status: ConnectionStatus, uplink: Uplink): Downlink {
  const { config, clock, events, losses, options, reporter } = context;
  const source = guardedConsumers(ports.consumer(config), (error) => {
    reporter.error(error);
  });
  const routes = compileRoutes(config.downlink);
  const outward = outwardOf(uplink.outgoing, options.pointMeta, losses);
  const { commitWaitMs } = ports;
  const own = { config, clock, source, status, routes, outward, events, losses, commitWaitMs };
  return new Downlink({ ...own, ...faultsOf(context) });
}

function faultsOf({ reporter, logger }: Context): ClientReports {
  return {
    onError: (error) => {
      reporter.error(error);
    },
    onLog: (_level, facility, message) => {
      logger.debug(`librdkafka ${facility}: ${message}`);
    },
  };
}

function makeMapper({ config, options, clock, logger }: Context): UplinkMapper {
  return compileUplink(config, {
    pointMeta: options.pointMeta,
    now: () => clock.now(),
    warn: (message, fields) => {
      logger.warn(message, fields);
    },
  });
}
