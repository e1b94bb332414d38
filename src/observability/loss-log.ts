/**
 * Log lines for every message, command and record that ends without having been delivered or done, so that a logger
 * alone tells of it: the first of a cause at once, then a count per minute.
 */
import type { Clock } from '../core/clock.js';
import type { RebalanceEvent } from '../api/events.js';
import type { NorthwardError } from '../api/errors.js';
import { RepeatLimiter, within, type Occurrences } from '../core/log-limiter.js';
import type { Logger } from '../api/uplink.js';

type Level = 'warn' | 'info';

interface Line {
  /** Of the first line, and of the counts: what the configuration asks for needs no warning every minute. */
  readonly levels: readonly [first: Level, counts: Level];
  readonly noun: string;
  readonly verb: string;
  readonly why?: string;
  readonly hint?: string;
}

const WARN = ['warn', 'warn'] as const;
const WARN_ONCE = ['warn', 'info'] as const;
const INFO = ['info', 'info'] as const;

const UNDECODABLE = {
  levels: WARN,
  noun: 'record',
  hint: 'previewDownlink() shows what a route makes of it.',
};

/** What may become of one, by name. */
export const LOSSES = {
  lost: { levels: WARN, noun: 'message', verb: 'lost' },
  maybeLost: { levels: WARN, noun: 'message', verb: 'perhaps lost' },
  lostFromStore: {
    levels: WARN,
    noun: 'stored message',
    verb: 'lost',
    hint: 'losses() counts them by cause, lane, kind and day.',
  },
  uplinkDisabled: {
    levels: WARN_ONCE,
    noun: 'message',
    verb: 'not sent',
    why: 'uplink.enabled is false',
  },
  mappingDisabled: {
    levels: WARN_ONCE,
    noun: 'message',
    verb: 'not sent',
    why: 'its mapping is not enabled',
    hint: 'Set enabled to true in the mapping of this kind, or do not publish it.',
  },
  answerDisabled: {
    levels: WARN_ONCE,
    noun: 'answer',
    verb: 'not sent',
    why: 'its mapping is not enabled',
    hint: 'Set its enabled to true, or do not call respond().',
  },
  answerRefused: { levels: WARN, noun: 'answer', verb: 'refused' },
  ignored: {
    levels: WARN_ONCE,
    noun: 'record',
    verb: 'ignored',
    why: 'no route takes it',
    hint: 'Check the kind and the filters of the routes on this topic; previewDownlink() shows what they make of a record.',
  },
  undecodable: { ...UNDECODABLE, verb: 'not decodable' },
  undecodableDropped: { ...UNDECODABLE, verb: 'not decodable and dropped' },
  repeatedRecord: { levels: INFO, noun: 'record', verb: 'skipped', why: 'it was read before' },
  notOwned: { levels: INFO, noun: 'record', verb: 'skipped', why: 'the partition is another member’s' },
  expired: { levels: WARN, noun: 'command', verb: 'expired', why: 'it is past its timeout_ms' },
  duplicate: { levels: INFO, noun: 'command', verb: 'not handed out again', why: 'its id was done already' },
  attemptFailed: { levels: WARN, noun: 'attempt', verb: 'failed' },
  failedAndSettled: { levels: WARN, noun: 'attempt', verb: 'failed and settled all the same' },
  dropped: { levels: WARN, noun: 'command', verb: 'dropped' },
  deadLettered: { levels: WARN, noun: 'record', verb: 'sent to the dead letter topic' },
  held: {
    levels: WARN,
    noun: 'record',
    verb: 'held',
    hint: 'The committed offset stays before it until releaseHeld() or a restart.',
  },
  stale: {
    levels: WARN,
    noun: 'command',
    verb: 'taken from the host with its partition',
    why: 'the next owner gets it',
  },
  awaited: {
    levels: WARN,
    noun: 'command',
    verb: 'in the hands of the host, for which stop() waits',
    hint: 'Leave the loop of commands() before you await stop(): inside the loop it waits for the very command that waits for it.',
  },
  unfinished: {
    levels: WARN,
    noun: 'command',
    verb: 'not finished by the host when stop() ran out of time',
    why: 'it comes again after a restart',
  },
  paused: {
    levels: WARN,
    noun: 'partition',
    verb: 'read no further for now',
    hint: 'Finish commands, or free held offsets with releaseHeld().',
  },
  offsetReset: { levels: WARN, noun: 'offset', verb: 'reset' },
} as const satisfies Record<string, Line>;

export type LossName = keyof typeof LOSSES;

/** What a loss adds to its line. */
export interface LossDetail {
  /** Its code tells causes apart. */
  readonly error?: NorthwardError;
  /** Of the first line only: which one. */
  readonly text?: string;
  /** So many at once. */
  readonly count?: number;
}

interface Loss {
  readonly subject: string;
  readonly detail: LossDetail | undefined;
}

/** Partitions that one line lists. */
const MOST_PARTITIONS = 20;

export class LossLog {
  readonly #logger: Logger;
  readonly #limiters: ReadonlyMap<LossName, RepeatLimiter<Loss | string>>;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    const names = Object.keys(LOSSES) as LossName[];
    this.#limiters = new Map(
      names.map((name) => {
        const tell = (loss: Loss | string, occurrences: Occurrences): void => {
          this.#say(LOSSES[name], loss, occurrences);
        };
        return [name, new RepeatLimiter(clock, tell)];
      }),
    );
  }

  /** @param subject kind or topic: with the code of the error it is the cause */
  note(name: LossName, subject: string, detail?: LossDetail): void {
    const cause = detail?.error === undefined ? subject : `${subject} ${detail.error.code}`;
    // Without a detail nothing is made: a host may publish kinds that are not enabled all the time.
    const loss = detail === undefined ? subject : { subject, detail };
    this.#limiters.get(name)?.note(cause, loss, detail?.count);
  }

  /** Partitions came or went: each time is news. */
  rebalance({ type, partitions }: RebalanceEvent): void {
    const shown = partitions.slice(0, MOST_PARTITIONS).map(({ topic, partition }) => `${topic} ${partition}`);
    if (partitions.length > MOST_PARTITIONS) shown.push(`and ${partitions.length - MOST_PARTITIONS} more`);
    const list = shown.length === 0 ? 'none' : shown.join(', ');
    this.#logger.info(`Partitions ${type}: ${list}`, { type, count: partitions.length });
  }

  /** Tells what is pending. What ends later is told the first time only. */
  close(): void {
    for (const limiter of this.#limiters.values()) limiter.close();
  }

  #say({ levels, noun, verb, why, hint }: Line, loss: Loss | string, { count, withinMs }: Occurrences): void {
    const { subject, detail } = typeof loss === 'string' ? { subject: loss, detail: undefined } : loss;
    const { error, text } = detail ?? {};
    const isFirst = withinMs === null;
    const when = isFirst ? '' : ` ${within(withinMs)}`;
    const code = error === undefined ? '' : ` (${error.code})`;
    const reason = why === undefined ? code : `: ${why}`;
    const parts = [`${subject}: ${count} ${noun}${count === 1 ? '' : 's'} ${verb}${when}${reason}`];
    if (isFirst) parts.push(...[text, error?.message].filter((part) => part !== undefined));
    const fields = {
      count,
      ...(error === undefined ? {} : { code: error.code }),
      ...(error === undefined || isFirst ? {} : { last: error.message }),
      hint: hint ?? error?.hint,
    };
    this.#logger[levels[isFirst ? 0 : 1]](parts.join(': '), fields);
  }
}
