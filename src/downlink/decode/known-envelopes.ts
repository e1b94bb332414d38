/**
 * Envelopes of a form that came before are read without parsing them (text-shape.ts). What is unusual in any way is left to
 * the parser, and every error as well: here there is an event or nothing.
 */
import type { DownlinkEvent } from '../../api/commands.js';
import type { DownlinkKind } from '../../api/kinds.js';
import { DecodeError } from '../../api/errors.js';
import { LONGEST_TEXT, shapeOf, type Asked, type TextShape } from '../../language/json/text-shape.js';
import type { RecordContent } from '../../record/incoming-record.js';
import { validateFields } from './command-data.js';

/** The form of an envelope. What `readEnvelope` checks is the same in all texts of it. */
const ENVELOPE: Asked = {
  schema_version: 'exact',
  event: { kind: 'exact' },
  payload: { data: 'members' },
};

/** Kinds, and optional fields that are there or not, make a few forms. */
const MOST_FORMS = 4;
/** A form that is replaced was of use if it was met so often. */
const OF_USE = 256;
/** Where forms are of no use, so many texts are parsed before another one is learned. */
const LONGEST_WAIT = 1_024;
/** Where most texts have no known form, only one of so many is looked at. */
const RARELY = 16;
/** Texts of no known form, more than the others, that make it so; fewer behind a form that was just learned. */
const MOST_CREDIT = 64;
const FIRST_CREDIT = 16;

interface Known<R> {
  readonly route: R;
  readonly shape: TextShape;
  met: number;
}

/** The envelopes of one topic. `R`: a route of it. */
export class KnownEnvelopes<R extends { readonly kind: DownlinkKind }> {
  /** Those that are met more often come first. */
  readonly #forms: Known<R>[] = [];
  /** Grows with each text of a known form, falls with each other one. */
  #credit = MOST_CREDIT;
  #skipped = 0;
  /** The last text has no known form. */
  #missed = false;
  #wait = 1;
  #untilNext = 1;

  /** The event of a text, and its route; `null`: it has to be parsed. */
  read(text: string, record: RecordContent): { readonly route: R; readonly event: DownlinkEvent } | null {
    this.#missed = false;
    if (text.length > LONGEST_TEXT || !this.#worthALook()) return null;
    const known = this.#find(text);
    this.#missed = known === undefined;
    this.#credit = Math.max(0, Math.min(MOST_CREDIT, this.#credit + (this.#missed ? -1 : 1)));
    if (known === undefined) return null;
    const { route, shape } = known;
    const event = eventOf(route.kind, shape, record);
    return event === null ? null : { route, event };
  }

  /** The text that was just asked for has no known form, and was an event by this route. */
  learn(text: string, route: R): void {
    if (!this.#missed) return;
    this.#untilNext -= 1;
    if (this.#untilNext > 0) return;
    const shape = shapeOf(text, ENVELOPE);
    if (shape !== null) this.#keep({ route, shape, met: 0 });
    else this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
    this.#untilNext = this.#wait;
  }

  #worthALook(): boolean {
    if (this.#credit > 0) return true;
    this.#skipped = (this.#skipped + 1) % RARELY;
    return this.#skipped === 0;
  }

  #find(text: string): Known<R> | undefined {
    const forms = this.#forms;
    for (let i = 0; i < forms.length; i += 1) {
      const known = forms[i];
      if (known === undefined || !known.shape.matches(text)) continue;
      known.met += 1;
      const before = forms[i - 1];
      if (before !== undefined) {
        forms[i - 1] = known;
        forms[i] = before;
      }
      return known;
    }
    return undefined;
  }

  #keep(known: Known<R>): void {
    const replaced = this.#forms.length < MOST_FORMS ? undefined : this.#forms.pop();
    this.#forms.push(known);
    this.#credit = Math.max(this.#credit, FIRST_CREDIT);
    if (replaced === undefined || replaced.met >= OF_USE) this.#wait = 1;
    else this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
  }
}

function eventOf(kind: DownlinkKind, shape: TextShape, record: RecordContent): DownlinkEvent | null {
  try {
    return validateFields(kind, shape, record);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
