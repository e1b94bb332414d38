/** One server of the configuration, as librdkafka gets on with it: TLS, SASL, and the first answer. */
import type { ErrorCode } from '../api/errors.js';
import { needsPerson } from '../kafka/port/codes.js';
import type { ClusterInfo, ConnectionCause } from '../kafka/port/ports.js';
import type { ProbePort, ProbeSide } from '../kafka/port/probe-port.js';
import { HINTS } from '../kafka/watch/causes.js';
import type { Run } from './run.js';
import { Ended } from './waits.js';

/** One question to the broker; between two of them the causes are looked at. */
const ASK_MS = 500;
const LOOK_AGAIN_MS = 50;
/** What only looks like a fault of the configuration may be followed by what is one. */
const UNSURE_MS = 1_200;
/** What looks like an outage may be a broker that starts. */
const UNREACHABLE_MS = 4_000;
/** Who tells the address of a broker has answered: then the next answer comes soon, or that address is the fault. */
const LEARNT_MS = 1_500;

/** Where a connection ended. */
export type Stage = 'tls' | 'sasl' | 'brokers' | 'advertised';

export interface Greeting {
  readonly server: string;
  /** `null`: nobody answered, and `fault` says why. */
  readonly cluster: ClusterInfo | null;
  /** Still open where it was answered. */
  readonly client: ProbePort;
  readonly fault: GreetingFault | null;
  /** Why the client died, if it did. */
  readonly fatal: () => string | null;
}

export interface GreetingFault {
  readonly stage: Stage;
  readonly code: ErrorCode;
  readonly message: string;
  /** Absent: that of the code. */
  readonly hint: string | undefined;
  /** `host:port` that it is about. */
  readonly address: string;
}

/** The causes that a client tells of, and since when. */
class Causes {
  readonly #told: ConnectionCause[] = [];
  #from: number | null = null;
  fatal: string | null = null;

  add(cause: ConnectionCause): void {
    this.#from ??= performance.now();
    this.#told.push(cause);
  }

  get any(): boolean {
    return this.#told.length > 0;
  }

  /** The one to tell, once it is sure enough. @param over there is no more time */
  decisive(over: boolean): ConnectionCause | null {
    const sure = this.#told.find(
      ({ code, unsure }) => (needsPerson(code) && unsure !== true) || code === 'TOKEN_UNAVAILABLE',
    );
    if (sure !== undefined) return sure;
    const since = this.#from === null ? 0 : performance.now() - this.#from;
    const suspected = this.#told.find(({ unsure }) => unsure === true);
    if (suspected !== undefined && (over || since >= UNSURE_MS)) return suspected;
    const learnt = this.#told.find(isLearnt);
    if (learnt !== undefined && (over || since >= LEARNT_MS)) return learnt;
    return over || since >= UNREACHABLE_MS ? (this.#told.at(-1) ?? null) : null;
  }
}

/** A broker that cannot be reached where another one says that it is. */
function isLearnt({ code, brokerId }: ConnectionCause): boolean {
  return (
    (code === 'BROKER_UNREACHABLE' || code === 'NAME_NOT_RESOLVED') && brokerId !== null && brokerId >= 0
  );
}

export async function greet(run: Run, side: ProbeSide, server: string): Promise<Greeting> {
  const causes = new Causes();
  const nothing = (): void => undefined;
  const opening = run.probes.open(side, server, {
    onCause: (cause) => {
      causes.add(cause);
    },
    onFatal: (reason) => {
      causes.fatal ??= reason;
    },
    onAllBrokersDown: nothing,
    onLog: nothing,
  });
  const client = await run.waits.within('Making a client', run.opening(opening));
  const fatal = (): string | null => causes.fatal;
  const answer = await firstAnswer(run, client, causes, server);
  if ('brokers' in answer) return { server, cluster: answer, client, fault: null, fatal };
  // While a token server is in trouble that takes seconds.
  void run.closeOne(client);
  return { server, cluster: null, client, fault: answer, fatal };
}

async function firstAnswer(
  run: Run,
  client: ProbePort,
  causes: Causes,
  server: string,
): Promise<ClusterInfo | GreetingFault> {
  const end = performance.now() + run.waits.limitMs;
  let looked = false;
  for (;;) {
    const cluster = await answerOrCause(run, client, causes, end);
    if (cluster !== null) return cluster;
    const over = performance.now() >= end;
    const cause = causes.decisive(over);
    if (cause !== null) return faultOf(cause, server);
    if (over) return silence(run.waits.limitMs, server);
    if (!causes.any && !looked) {
      looked = true;
      const found = await run.waits.within('Looking for a cause', run.probes.whySilent(run.waits.signal));
      if (found !== null) return faultOf(found, server);
    }
    await run.waits.pause(LOOK_AGAIN_MS);
  }
}

/**
 * @param end on the clock that only grows
 * @returns `null`: no answer so far
 */
async function answerOrCause(
  run: Run,
  client: ProbePort,
  causes: Causes,
  end: number,
): Promise<ClusterInfo | null> {
  let asking = true;
  const answer = client
    .metadata(ASK_MS)
    .catch(() => null)
    .finally(() => {
      asking = false;
    });
  // A cause that is sure ends the wait for an answer that will not come.
  while (asking && causes.decisive(false) === null && performance.now() < end) {
    const look = run.waits.pause(LOOK_AGAIN_MS).catch((error: unknown) => error as Error);
    const first = await Promise.race([answer, look]);
    if (first instanceof Ended) throw first;
    if (first !== null && first !== undefined && !(first instanceof Error)) return first;
  }
  return asking ? null : answer;
}

function faultOf(cause: ConnectionCause, server: string): GreetingFault {
  const { code, message, hint } = cause;
  const address = cause.address ?? server;
  if (!isLearnt(cause)) return { stage: stageOf(cause), code, message, hint, address };
  const said = `The broker at ${server} advertises ${address}, which cannot be reached from here: ${message}`;
  return { stage: 'advertised', code: 'ADVERTISED_UNREACHABLE', message: said, hint: undefined, address };
}

function silence(ms: number, server: string): GreetingFault {
  return {
    stage: 'brokers',
    code: 'BROKER_UNREACHABLE',
    message: `it takes connections, but answers nothing within ${ms} ms`,
    hint: HINTS.hangs,
    address: server,
  };
}

const OF_TLS: ReadonlySet<string> = new Set([HINTS.noTls, HINTS.wantsTls]);
const OF_SASL: ReadonlySet<string> = new Set([HINTS.noSasl, HINTS.wantsSasl, HINTS.tokenCa]);

function stageOf({ code, hint = '' }: ConnectionCause): Stage {
  if (OF_SASL.has(hint) || code === 'AUTHENTICATION_FAILED' || code === 'TOKEN_UNAVAILABLE') return 'sasl';
  return OF_TLS.has(hint) || code === 'TLS_FAILED' ? 'tls' : 'brokers';
}
