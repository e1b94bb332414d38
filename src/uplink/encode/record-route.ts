import { compileTemplate, type Template } from '../../language/template/template.js';
import { cut, reasonOf } from '../../api/reason.js';
import type { RecordHeaders } from '../../record/outgoing-record.js';
import { Refusal } from '../event/refusal.js';
import { lifetimeOf, type Variables } from './render-context.js';
import { createHash } from 'node:crypto';

/** Where a record goes. Kept per device where the templates allow it. */
export interface RecordRoute {
  /** The rendering of the topic template, before topic safety. */
  readonly renderedTopic: string;
  /** The topic that Kafka gets. */
  readonly topic: string;
  readonly key: Buffer | null;
  readonly headers: RecordHeaders;
}

/** How long what the templates render may be kept. */
export type Lifetime = ReturnType<typeof lifetimeOf>;

/** Topic and key template of one mapping. */
export class RouteTemplates {
  readonly lifetime: Lifetime;
  readonly #topic: Template;
  readonly #key: Template;
  readonly #policy: TopicPolicy;

  /** Throws an Error when a template does not compile. */
  constructor(topic: string, key: string, policy: TopicPolicy) {
    this.#topic = compileTemplate(topic);
    this.#key = compileTemplate(key);
    this.#policy = policy;
    this.lifetime = shorter(lifetimeOf(this.#topic.variables), lifetimeOf(this.#key.variables));
  }

  /** Throws Refusal: a template fails, or Kafka would refuse the topic. */
  render(variables: Variables, headers: RecordHeaders): RecordRoute {
    const renderedTopic = render(this.#topic, 'topic', variables);
    if (renderedTopic === '')
      throw new Refusal('TOPIC_EMPTY', `the topic template ${shown(this.#topic.source)} renders to nothing`);
    const topic = safeTopic(renderedTopic, this.#policy);
    if (topic === null) {
      const reason = `"${shown(renderedTopic)}" is no legal Kafka topic name, and uplink.topicPolicy is reject`;
      throw new Refusal('TOPIC_ILLEGAL', reason, renderedTopic);
    }
    const key = render(this.#key, 'key', variables);
    return { renderedTopic, topic, key: key.trim() === '' ? null : Buffer.from(key), headers };
  }
}

/** As much of a text as a message shows. */
function shown(text: string): string {
  return cut(text, 200);
}

function shorter(a: Lifetime, b: Lifetime): Lifetime {
  if (a === 'event' || b === 'event') return 'event';
  return a === 'hour' ? a : b;
}

function render(template: Template, name: string, variables: Variables): string {
  try {
    return template.render(variables);
  } catch (cause) {
    throw new Refusal(
      'TEMPLATE_FAILED',
      `the ${name} template ${shown(template.source)} failed: ${reasonOf(cause)}`,
      undefined,
      cause,
    );
  }
}

/** What becomes of a rendering that Kafka would refuse (contract §4). */
export type TopicPolicy = 'sanitize' | 'sanitize_hash' | 'reject';

const MAX_LENGTH = 249;
const HASH_DIGITS = 16;
/** What is left of an over-long name before `-` and the hash. */
const CUT_LENGTH = MAX_LENGTH - HASH_DIGITS - 1;

/**
 * The topic that Kafka gets for a rendering, which must not be empty. `null`: the policy is `reject`, and
 * Kafka would refuse the name.
 */
export function safeTopic(rendered: string, policy: TopicPolicy): string | null {
  const clean = replaceIllegal(rendered);
  const replaced = clean !== rendered;
  if (!replaced && clean.length <= MAX_LENGTH) return clean;
  if (policy === 'reject') return null;
  const hashed = clean.length > MAX_LENGTH || (replaced && policy === 'sanitize_hash');
  return hashed ? `${clean.slice(0, CUT_LENGTH)}-${hashOf(rendered)}` : clean;
}

/** Each code point that is not allowed becomes `_`, so do the names `.` and `..`. */
function replaceIllegal(rendered: string): string {
  if (rendered === '.') return '_';
  if (rendered === '..') return '__';
  let clean = '';
  for (let i = 0; i < rendered.length; i += 1) {
    const unit = rendered.charCodeAt(i);
    clean += isLegal(unit) ? rendered[i] : '_';
    if (isSurrogatePair(unit, rendered.charCodeAt(i + 1))) i += 1;
  }
  return clean;
}

function isLegal(unit: number): boolean {
  if (unit >= 0x61) return unit <= 0x7a; // a-z
  if (unit >= 0x41) return unit <= 0x5a || unit === 0x5f; // A-Z _
  if (unit >= 0x30) return unit <= 0x39; // 0-9
  return unit === 0x2d || unit === 0x2e; // - .
}

function isSurrogatePair(high: number, low: number): boolean {
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}

function hashOf(rendered: string): string {
  return createHash('sha256').update(rendered).digest('hex').slice(0, HASH_DIGITS);
}
