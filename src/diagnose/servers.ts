/** Names and ports of `connection.bootstrapServers`, and of what the brokers advertise. */
import type { Finding } from '../api/diagnosis.js';
import { ConnectionError, NorthwardError } from '../api/errors.js';
import { hostOf, portOf } from '../kafka/watch/certificate-look.js';
import { Step } from './finding.js';
import { addressesOf, placeOf, reach } from './network.js';
import type { Run } from './run.js';
import { Ended } from './waits.js';

/** Longest wait for a connection, ms; less where the whole step has less. */
const CONNECT_MS = 5_000;
/** Brokers that are tried at a time. */
const AT_A_TIME = 16;

/** Each server with its addresses, or why there are none. */
export type Resolved = ReadonlyMap<string, readonly string[] | Error>;

export async function* nameStep(run: Run): AsyncGenerator<Finding, Resolved> {
  const resolved = new Map<string, readonly string[] | Error>();
  const steps = run.servers.map((server) => ({ server, step: new Step('name', server) }));
  await Promise.all(run.servers.map(async (server) => resolved.set(server, await resolvedName(run, server))));
  const someResolve = [...resolved.values()].some((found) => !(found instanceof Error));
  for (const { server, step } of steps) {
    const found = resolved.get(server);
    if (found instanceof Error) yield graded(step, found, someResolve);
    else yield step.ok(textOf(server, found ?? []));
  }
  return resolved;
}

function textOf(server: string, addresses: readonly string[]): string {
  const host = hostOf(server);
  return addresses[0] === host ? 'is an address' : `${host} is ${addresses.join(', ')}`;
}

async function resolvedName(run: Run, server: string): Promise<readonly string[] | Error> {
  try {
    return await run.waits.within(`Resolving ${hostOf(server)}`, addressesOf(hostOf(server)));
  } catch (error) {
    if (error instanceof Ended) throw error;
    if (error instanceof NorthwardError && error.code === 'REQUEST_TIMEOUT')
      return new ConnectionError('NAME_NOT_RESOLVED', `${hostOf(server)}: ${error.message}`, {
        cause: error,
      });
    return error as Error;
  }
}

/** One server of several that is away keeps nobody from connecting. */
function graded(step: Step, error: Error, othersWork: boolean): Finding {
  if (!(error instanceof NorthwardError)) return step.thrown(error);
  return othersWork ? step.warning(error) : step.failed(error);
}

export async function* tcpStep(run: Run, resolved: Resolved): AsyncGenerator<Finding> {
  const tried = [...resolved].map(([server, addresses]) => ({
    server,
    addresses,
    step: new Step('tcp', server),
  }));
  const found = await Promise.all(
    tried.map(async ({ server, addresses }) =>
      addresses instanceof Error ? null : connections(run, addresses, portOf(server)),
    ),
  );
  const reached = tried.filter((_, index) => found[index]?.some(({ error }) => error === null) === true);
  run.reached = new Set(reached.map(({ server }) => server));
  for (const [index, { step }] of tried.entries())
    yield tcpFinding(step, found[index] ?? null, reached.length > 0);
}

interface Connection {
  readonly place: string;
  /** `null`: it was reached. */
  readonly error: NorthwardError | null;
}

function tcpFinding(step: Step, found: readonly Connection[] | null, othersWork: boolean): Finding {
  if (found === null) return step.skipped('its name does not resolve');
  const failed = found.filter(({ error }) => error !== null);
  const error = failed[0]?.error ?? null;
  const reached = found.filter((each) => each.error === null).map(({ place }) => place);
  if (error === null)
    return step.ok(`takes connections${found.length > 1 ? ` at ${reached.join(', ')}` : ''}`);
  if (reached.length === 0) return graded(step, error, othersWork);
  const { code, message, hint } = error;
  const hintOfMany = `One of the addresses of this name works: ${reached.join(', ')}. librdkafka tries them in turn. ${hint}`;
  return step.warning({ code, message, hint: hintOfMany });
}

function connections(run: Run, addresses: readonly string[], port: number): Promise<readonly Connection[]> {
  return Promise.all(
    addresses.map(async (address) => ({
      place: placeOf(address, port),
      error: await unreachable(run, address, port),
    })),
  );
}

/** @returns `null`: it takes connections */
async function unreachable(run: Run, host: string, port: number): Promise<NorthwardError | null> {
  const { signal, limitMs } = run.waits;
  try {
    await reach(host, port, Math.min(CONNECT_MS, limitMs), signal);
    return null;
  } catch (error) {
    run.waits.check();
    return error as NorthwardError;
  }
}

/** Clients go to these addresses for all but the first question. */
export async function* advertisedStep(run: Run): AsyncGenerator<Finding> {
  const brokers = run.answered?.cluster.brokers ?? [];
  for (const [address, error] of run.advertised) yield new Step('advertised', address).failed(error);
  if (run.answered === null) {
    if (run.advertised.size > 0) return;
    yield new Step('advertised', null).skipped('no broker has told its address');
    return;
  }
  for (let at = 0; at < brokers.length; at += AT_A_TIME) {
    const some = brokers
      .slice(at, at + AT_A_TIME)
      .map((broker) => ({ broker, step: new Step('advertised', broker) }));
    const errors = await Promise.all(some.map(({ broker }) => advertisedFault(run, broker)));
    for (const [index, { step }] of some.entries()) {
      const error = errors[index];
      yield error === undefined || error === null ? step.ok('can be reached from here') : step.failed(error);
    }
  }
}

async function advertisedFault(run: Run, broker: string): Promise<NorthwardError | null> {
  const found = await resolvedName(run, broker);
  if (found instanceof Error) return advertised(broker, found);
  const tried = await connections(run, found, portOf(broker));
  if (tried.some(({ error }) => error === null)) return null;
  return advertised(broker, tried[0]?.error ?? new Error('there is no address'));
}

function advertised(broker: string, cause: Error): NorthwardError {
  const message = `The broker advertises ${broker}, which cannot be reached from here: ${cause.message}`;
  return new ConnectionError('ADVERTISED_UNREACHABLE', message, { cause });
}
