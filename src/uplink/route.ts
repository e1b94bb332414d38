import { compileTemplate } from '../mapping/template.js';
import type { Template } from '../mapping/template.js';
import { cut, reasonOf } from '../reason.js';
import type { RecordHeaders } from '../record/outgoing-record.js';
import { Refusal } from './refusal.js';
import { lifetimeOf } from './render-context.js';
import type { Variables } from './render-context.js';
import { safeTopic } from './topic.js';
import type { TopicPolicy } from './topic.js';

/** Where a record goes. Kept per device where the templates allow it. */
export interface Route {
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
  render(variables: Variables, headers: RecordHeaders): Route {
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
