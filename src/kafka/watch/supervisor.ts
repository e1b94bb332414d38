/**
 * Keeps a client alive: opens it, watches it, and makes it again when it cannot recover by itself (a
 * fatal error, a changed secret), as `retryPolicy` says. librdkafka reconnects without our doing.
 */
import { sharedAbort } from '../../core/host-call.js';
import { pause, type Clock } from '../../core/clock.js';
import { ConnectionError, type ErrorCode, type NorthwardError } from '../../api/errors.js';
import { libraryFault, own } from '../../core/fault.js';
import { backoffMs, mayRetry, type RetryPolicy } from '../../core/backoff.js';
import { fatalKindOf } from './causes.js';
import { needsPerson } from '../port/codes.js';
import { ConnectionMonitor } from './monitor.js';
import type { ClientListener, ClientPort, ClientSource, ConnectionCause } from '../port/ports.js';
import { SecretWatch } from './secret-watch.js';
import type { LinkStatus } from '../port/status.js';

/** Reports of a dying client that come within this time still count. */
const DRAIN_MS = 500;
const CLOSE_FLUSH_MS = 100;
/** Syslog's notice. */
const RENEW_LEVEL = 5;
/** How long a client that takes nothing more may keep its reason to itself. */
const REASON_MS = 100;

/** Where the faults and the log lines of a client go. */
export interface ClientReports {
  onError(error: NorthwardError): void;
  onLog: ClientListener['onLog'];
}

export interface SupervisorHooks<L extends ClientListener, P extends ClientPort> extends ClientReports {
  /** The code of a fatal error of this client. */
  readonly fatalCode: ErrorCode & `${string}_FATAL`;
  /** The whole listener of a new client; what it tells counts while `current()`. */
  listener(base: ClientListener, current: () => boolean): L;
  /** A client is there and may be used. */
  onPort(port: P): void;
  /** The client must not be used any more; answers may still come. */
  onPortDying(): void;
  /** No further answer comes: what has none goes to the next client. */
  onPortGone(): void;
  /** `retryPolicy` is spent; there will be no further client. */
  onGivenUp(error: NorthwardError): void;
}

export class Supervisor<L extends ClientListener, P extends ClientPort> {
  readonly #source: ClientSource<L, P>;
  readonly #policy: RetryPolicy;
  readonly #clock: Clock;
  readonly #status: LinkStatus;
  readonly #hooks: SupervisorHooks<L, P>;
  readonly #monitor: ConnectionMonitor;
  readonly #stopping = sharedAbort();
  readonly #closing = new Set<Promise<void>>();
  readonly #secrets: SecretWatch;
  #port: P | null = null;
  #started = false;
  #generation = 0;
  #replacing: Promise<void> | undefined;
  /** The new client died before its making was over. */
  #diedAgain: NorthwardError | undefined;
  #attempts = 0;
  #failingSince = 0;
  #refused = false;
  #silent = false;
  #reconnects = 0;

  constructor(
    source: ClientSource<L, P>,
    policy: RetryPolicy,
    clock: Clock,
    status: LinkStatus,
    hooks: SupervisorHooks<L, P>,
  ) {
    this.#source = source;
    this.#policy = policy;
    this.#clock = clock;
    this.#status = status;
    this.#hooks = hooks;
    this.#monitor = new ConnectionMonitor({
      clock,
      status,
      onError: (error) => {
        hooks.onError(error);
      },
      whySilent: () => source.whySilent?.(this.#stopping.signal),
    });
    this.#secrets = new SecretWatch({
      clock,
      policy,
      stopping: this.#stopping.signal,
      over: () => this.#replacing !== undefined || status.state === 'connected',
      changed: () => source.changed(),
      onFault: (error) => {
        hooks.onError(error);
      },
      onChanged: () => {
        const text = 'The credentials were changed: making a new client';
        this.#replace(new ConnectionError('AUTHENTICATION_FAILED', text));
      },
    });
  }

  /** How often a client was made again. */
  get reconnects(): number {
    return this.#reconnects;
  }

  get port(): P | null {
    return this.#port;
  }

  /** There is no client, and nothing is under way to make one: `retryPolicy` is spent, or the making met a fault of ours. */
  get ended(): boolean {
    const isOff = this.#port === null && this.#replacing === undefined;
    return this.#started && isOff && !this.#stopping.signal.aborted;
  }

  /** Opens the first client, once. Rejects when its local part fails; may then be called again. */
  async start(): Promise<void> {
    if (this.#started) return;
    this.#status.trying();
    try {
      await this.#open();
      this.#started = true;
      this.#replaceIfDead();
    } catch (error) {
      this.#status.failed(error as NorthwardError);
      throw error;
    }
  }

  /** A record was delivered. @param answered by a broker, now: the client may also hand out what it has in stock */
  delivered(answered = true): void {
    this.#attempts = 0;
    if (answered) this.#monitor.delivered();
  }

  /** Records are out, and nothing arrived for so long, though the client says nothing. */
  noReports(ms: number): void {
    this.#monitor.noReports(ms);
  }

  /** Closes whatever is open, after the outbox is empty or given up. Never rejects. */
  async stop(flushMs: number): Promise<void> {
    this.#stopping.abort();
    this.#monitor.unwatch();
    const port = this.#port;
    this.#port = null;
    // At once: what else is under way (a secret that is read, say) may hang.
    if (port !== null) this.#close(port, flushMs);
    await this.#replacing;
    await this.#secrets.ended();
    await Promise.all(this.#closing);
    this.silence();
  }

  /** Nobody listens any more, though a client may still be open. */
  silence(): void {
    this.#silent = true;
    this.#status.disconnected();
  }

  /** The client died: drain, forget, make another. */
  fatal(reason: string): void {
    const { code, hint } = fatalKindOf(reason) ?? { code: this.#hooks.fatalCode };
    this.#replace(new ConnectionError(code, `The client met a fatal error: ${reason}`, { hint }));
  }

  /** The client takes nothing more: it died, and tells why in its log, maybe a moment later. */
  refuses(): void {
    if (this.#refused) return;
    this.#refused = true;
    const generation = this.#generation;
    const asked = pause(this.#clock, REASON_MS, this.#stopping.signal).then(() => {
      this.#refused = false;
      if (generation === this.#generation && this.#port !== null) this.fatal('it refuses further records');
    });
    own(asked, 'Replacing a client', this.#hooks);
  }

  /** Makes the client again, though nothing is wrong with it; `retryPolicy` does not count that. */
  renew(why: string): void {
    if (this.#stopping.signal.aborted || this.#replacing !== undefined || this.#port === null) return;
    this.#hooks.onLog(RENEW_LEVEL, 'RENEW', `The client is made again: ${why}`);
    this.#replaceNow(this.#port, null);
  }

  #close(port: P, flushMs: number): void {
    const closing = port.close(flushMs).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** @param why what killed the former client */
  async #open(why?: NorthwardError): Promise<void> {
    const generation = ++this.#generation;
    const early: ConnectionCause[] = [];
    const port = await this.#source.open(this.#listener(generation, early));
    if (this.#stopping.signal.aborted) {
      this.#close(port, 0);
      return;
    }
    this.#port = port;
    this.#monitor.watch(port, why !== undefined && isDenied(why));
    for (const cause of early) this.#failing(cause);
    this.#hooks.onPort(port);
  }

  /** What a former client still says does not count; what a new one says while it is made comes `early`. */
  #listener(generation: number, early: ConnectionCause[]): L {
    const current = (): boolean => generation === this.#generation && !this.#silent;
    const base: ClientListener = {
      onCause: (cause) => {
        if (!current() || this.#stopping.signal.aborted) return;
        if (this.#port === null) early.push(cause);
        else this.#failing(cause);
      },
      onAllBrokersDown: () => {
        if (current()) this.#monitor.allBrokersDown();
      },
      onFatal: (reason) => {
        if (current()) this.fatal(reason);
      },
      onLog: (level, facility, message) => {
        if (!this.#silent) this.#hooks.onLog(level, facility, message);
      },
    };
    return this.#hooks.listener(base, current);
  }

  #failing(cause: ConnectionCause): void {
    this.#monitor.failing(cause);
    if (needsPerson(cause.code)) this.#secrets.start();
  }

  #replace(reason: NorthwardError): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#replacing !== undefined || this.#port === null) {
      this.#diedAgain = reason;
      return;
    }
    this.#replaceNow(this.#port, reason);
  }

  /** @param reason what killed it; `null`: nothing did */
  #replaceNow(port: P, reason: NorthwardError | null): void {
    this.#replacing = this.#makeAgain(port, reason)
      .catch((cause: unknown) => {
        this.#hooks.onError(libraryFault('Replacing a client', cause));
      })
      .finally(() => {
        this.#replacing = undefined;
        this.#replaceIfDead();
      });
  }

  /** The new client may have died while it was made. */
  #replaceIfDead(): void {
    const reason = this.#diedAgain;
    this.#diedAgain = undefined;
    if (reason !== undefined && this.#port !== null) this.#replace(reason);
  }

  async #makeAgain(old: P, reason: NorthwardError | null): Promise<void> {
    const { signal } = this.#stopping;
    this.#port = null;
    this.#monitor.unwatch();
    this.#hooks.onPortDying();
    if (reason !== null) this.#hooks.onError(reason);
    if (reason !== null && isDenied(reason)) this.#status.failed(reason);
    else this.#status.trying(reason ?? undefined);
    await pause(this.#clock, DRAIN_MS, signal);
    this.#generation += 1;
    // What the old one said of itself meanwhile is known already.
    this.#diedAgain = undefined;
    this.#close(old, CLOSE_FLUSH_MS);
    this.#hooks.onPortGone();
    const { aborted } = signal;
    const last = reason ?? (aborted ? null : await this.#opened());
    if (last !== null) await this.#openAgain(last);
  }

  /** Opens a client as `retryPolicy` says. */
  async #openAgain(reason: NorthwardError): Promise<void> {
    const { signal } = this.#stopping;
    for (let last: NorthwardError | null = reason; last !== null && !signal.aborted;) {
      const now = this.#clock.monotonic();
      if (this.#attempts === 0) this.#failingSince = now;
      this.#attempts += 1;
      if (!mayRetry(this.#policy, this.#attempts, now - this.#failingSince)) {
        this.#giveUp(last);
        return;
      }
      await pause(this.#clock, backoffMs(this.#policy, this.#attempts), signal);
      if (signal.aborted) return;
      last = await this.#opened(last);
    }
  }

  /** @returns why it failed; `null`: it did not */
  async #opened(why?: NorthwardError): Promise<NorthwardError | null> {
    try {
      await this.#open(why);
      this.#reconnects += 1;
      return null;
    } catch (error) {
      const fault = error as NorthwardError;
      this.#hooks.onError(fault);
      this.#status.failed(fault);
      return fault;
    }
  }

  #giveUp(cause: NorthwardError): void {
    const error = new ConnectionError('RETRIES_EXHAUSTED', `retryPolicy is spent: ${cause.message}`, {
      cause,
    });
    this.#status.failed(error);
    this.#hooks.onError(error);
    this.#hooks.onGivenUp(error);
  }
}

/** The broker kills every client until a person grants something. */
function isDenied({ code }: NorthwardError): boolean {
  return code === 'AUTHORIZATION_FAILED';
}
