/**
 * Finds out whether a broker answers, and why not. librdkafka tells neither: a client counts as connected
 * here only when a metadata request was answered or a record was delivered (contract §7).
 */
import type { Clock, Timer } from '../../core/clock.js';
import { growingWait } from '../../core/backoff.js';
import { ConnectionError, type NorthwardError } from '../../api/errors.js';
import { own } from '../../core/fault.js';
import { HINTS } from './causes.js';
import { needsPerson } from '../port/codes.js';
import type { ClientPort, ConnectionCause } from '../port/ports.js';
import type { LinkStatus } from '../port/status.js';

/** How long one question to the brokers may take. */
const ASK_TIMEOUT_MS = 1_000;
/**
 * The question that decides whether brokers hang. A broker answers it behind the records that it has from this client, and these
 * may wait for a replica that died, until the cluster goes on without it: 9 s and a little more.
 */
const PATIENT_MS = 8_000;
const ASK_AGAIN_MIN_MS = 100;
const ASK_AGAIN_MAX_MS = 2_000;
/** After so many questions in vain, and no cause, a closer look is taken. */
const SILENT_ASKS = 3;
/** Where the last client was denied, the first answer of a new one proves nothing: the denial comes after it. */
const CONFIRM_MS = 1_000;
/** An advertised address that was not tried for so long is no longer held against the connection. */
const ADVERTISED_MEMORY_MS = 15_000;

export interface MonitorOptions {
  readonly clock: Clock;
  readonly status: LinkStatus;
  /** Every cause, as an error; repeated ones too. */
  onError(error: NorthwardError): void;
  /** Why the client is silent, if that can be found out. Once in an outage. */
  whySilent(): Promise<ConnectionCause | null> | undefined;
}

export class ConnectionMonitor {
  readonly #clock: Clock;
  readonly #status: LinkStatus;
  readonly #onError: (error: NorthwardError) => void;
  readonly #whySilent: MonitorOptions['whySilent'];
  #port: ClientPort | null = null;
  #timer: Timer | undefined;
  #asking = false;
  /** A record was delivered since the question that is under way. */
  #delivered = false;
  #failures = 0;
  /** The last cause since the side was last connected. */
  #cause: NorthwardError | undefined;
  /** A broker that cannot be reached, while it is not known whether it is an outage; not every time is told. */
  #unmet: ConnectionCause | undefined;
  #wasUp = false;
  #doubtful = false;
  /** Nothing was reported for so long, though a report is owed: the next question decides. `null`: it was. */
  #noReportMs: number | null = null;
  readonly #reachedBrokers = new Set<number>();
  readonly #reachedAddresses = new Set<string>();
  #advertised: { error: NorthwardError; at: number } | undefined;

  constructor(options: MonitorOptions) {
    this.#clock = options.clock;
    this.#status = options.status;
    this.#onError = (error) => {
      options.onError(error);
    };
    this.#whySilent = () => options.whySilent();
  }

  /**
   * Watches this client from now on.
   * @param doubtful the one before was denied: only a second answer counts
   */
  watch(port: ClientPort, doubtful = false): void {
    this.#port = port;
    this.#doubtful = doubtful;
    this.#unmet = undefined;
    this.#reachedBrokers.clear();
    this.#reachedAddresses.clear();
    this.#advertised = undefined;
    this.#failures = 0;
    this.#noReportMs = null;
    if (this.#status.state !== 'failed') this.#status.trying();
    this.#askSoon(0);
  }

  /** Stops watching; no call comes after it. */
  unwatch(): void {
    this.#port = null;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A record was delivered: the surest sign of life. */
  delivered(): void {
    this.#advertised = undefined;
    this.#unmet = undefined;
    this.#noReportMs = null;
    this.#delivered = true;
    if (this.#port !== null && this.#status.state !== 'connected') this.#up();
  }

  /** Records are out, nothing arrived for so long, and the client says nothing: a broker that is only slow answers a question. */
  noReports(ms: number): void {
    if (this.#status.state !== 'connected' || this.#asking) return;
    this.#noReportMs = ms;
    this.#askSoon(0);
  }

  /** The client said why an attempt failed. */
  failing(cause: ConnectionCause): void {
    if (this.#port === null) return;
    const { brokerId, address, reached } = cause;
    if (reached === true) {
      if (brokerId !== null) this.#reachedBrokers.add(brokerId);
      if (typeof address === 'string') this.#reachedAddresses.add(address);
    }
    if (!this.#isUnmet(cause)) {
      this.#tell(this.#errorOf(cause));
      return;
    }
    // An outage, or an address that only the broker knows: the next answer tells which.
    this.#unmet = cause;
    this.#askSoon(0);
  }

  /** The client has no connection at the moment: ask, before it is called an outage. */
  allBrokersDown(): void {
    if (this.#status.state === 'connected') this.#askSoon(0);
  }

  /** A broker whose address was learnt from another, and that was never reached there. */
  #isUnmet({ code, brokerId, address, coordinator }: ConnectionCause): boolean {
    const unreachable = code === 'BROKER_UNREACHABLE' || code === 'NAME_NOT_RESOLVED';
    const learnt = coordinator === true || (brokerId !== null && brokerId >= 0);
    const met = this.#reachedBrokers.has(brokerId ?? -1) || this.#reachedAddresses.has(address ?? '');
    return unreachable && learnt && !met;
  }

  #errorOf({ code, message, hint, unsure }: ConnectionCause): NorthwardError {
    // A listener that answered before seldom changes its protocol: its broker goes down.
    if (unsure === true && this.#wasUp) return new ConnectionError('BROKER_UNREACHABLE', message);
    return new ConnectionError(code, message, { hint });
  }

  #tell(error: NorthwardError): void {
    this.#cause = error;
    if (error.code === 'ADVERTISED_UNREACHABLE') this.#advertised = { error, at: this.#clock.monotonic() };
    this.#onError(error);
    if (this.#status.state !== 'connected' || this.#noReportMs !== null) this.#down(error);
    else this.#askSoon(0);
  }

  #askSoon(ms: number): void {
    if (this.#asking || this.#port === null) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined;
      own(this.#ask(), 'Asking a broker', { onError: this.#onError });
    });
  }

  async #ask(): Promise<void> {
    const port = this.#port;
    if (port === null) return;
    this.#asking = true;
    this.#delivered = false;
    let failure: NorthwardError | undefined;
    let answeredBy: number | null = null;
    try {
      const timeoutMs = this.#noReportMs === null ? ASK_TIMEOUT_MS : PATIENT_MS;
      answeredBy = (await port.metadata(timeoutMs)).answeredBy;
    } catch (error) {
      failure = error as NorthwardError;
    }
    this.#asking = false;
    if (this.#port !== port) {
      this.#askSoon(0);
      return;
    }
    this.#judgeUnmet(answeredBy);
    this.#judgeSilence(answeredBy);
    // It was asked before.
    this.#judge(this.#delivered ? undefined : failure);
  }

  #judgeSilence(answeredBy: number | null): void {
    const ms = this.#noReportMs;
    if (ms !== null && answeredBy === null && this.#cause === undefined) this.#tell(hanging(ms));
    this.#noReportMs = null;
  }

  /** @param answeredBy -1: a bootstrap server */
  #judgeUnmet(answeredBy: number | null): void {
    const cause = this.#unmet;
    if (answeredBy !== null && answeredBy >= 0) this.#reachedBrokers.add(answeredBy);
    if (cause === undefined) return;
    if (answeredBy !== null) this.#unmet = undefined;
    if (!this.#isUnmet(cause)) return;
    // What is not answered is kept for the next answer: the client does not say it again soon.
    const onlyLearnt = answeredBy !== null || this.#neverReached();
    this.#tell(
      onlyLearnt
        ? new ConnectionError('ADVERTISED_UNREACHABLE', cause.message)
        : new ConnectionError(cause.code, cause.message, { hint: HINTS.learnt }),
    );
  }

  /**
   * A bootstrap server told the address, and that is all that ever answered. It is not asked a second time: librdkafka gives up
   * its bootstrap servers once it knows another address.
   */
  #neverReached(): boolean {
    return !this.#wasUp && this.#reachedBrokers.size === 0;
  }

  #judge(failure: NorthwardError | undefined): void {
    const { error, at } = this.#advertised ?? {};
    const stale = at !== undefined && this.#clock.monotonic() - at > ADVERTISED_MEMORY_MS;
    if (stale) this.#advertised = undefined;
    if (failure === undefined && (error === undefined || stale)) {
      if (!this.#doubtful) this.#up();
      else this.#askSoon(CONFIRM_MS);
      this.#doubtful = false;
      return;
    }
    this.#down(this.#cause ?? failure ?? error);
    this.#failures += 1;
    if (this.#failures === SILENT_ASKS && this.#cause === undefined) {
      own(this.#askWhy(this.#port), 'Looking for a cause', { onError: this.#onError });
    }
    this.#askSoon(growingWait(ASK_AGAIN_MIN_MS, ASK_AGAIN_MAX_MS, this.#failures + 1));
  }

  async #askWhy(port: ClientPort | null): Promise<void> {
    const cause = await this.#whySilent();
    const news = port === this.#port && this.#cause === undefined && this.#status.state !== 'connected';
    if (news && cause) this.failing(cause);
  }

  #up(): void {
    this.#wasUp = true;
    this.#failures = 0;
    this.#cause = undefined;
    this.#advertised = undefined;
    this.#status.connected();
  }

  #down(reason: NorthwardError | undefined): void {
    if (reason !== undefined && needsPerson(reason.code)) this.#status.failed(reason);
    else this.#status.trying(reason);
    // Only a question finds out that a broker is back.
    if (this.#timer === undefined) this.#askSoon(ASK_AGAIN_MIN_MS);
  }
}

function hanging(ms: number): NorthwardError {
  const seconds = Number((ms / 1_000).toFixed(1));
  const message = `No acknowledgement came for ${seconds} s, and no broker answers a question, though no connection broke off`;
  return new ConnectionError('BROKER_UNREACHABLE', message, { hint: HINTS.hangs });
}
