import type { DownlinkEvent } from '../../api/commands.js';
import { DOWNLINK_KINDS, DOWNLINK_SLOT_OF, type DownlinkKind, type DownlinkSlot } from '../../api/kinds.js';
import type { ResolvedDownlink, ResolvedDownlinkPayload, ResolvedRoute } from '../../config/resolve.js';
import { DecodeError } from '../../api/errors.js';
import { applyRules, compileRules, RuleFailure, type Rule } from '../../language/jmespath/mapped-object.js';
import { cut } from '../../api/reason.js';
import { readEnvelope } from './envelope.js';
import { compileFilter } from './filter.js';
import { KnownEnvelopes } from './known-envelopes.js';
import type { RecordContent } from '../../record/incoming-record.js';
import { validateEvent } from './command-data.js';

/** A compiled route of one kind. */
export interface Route {
  readonly kind: DownlinkKind;
  readonly topic: string;
  /**
   * The event of a record whose body was parsed; `undefined` where the route does not match.
   * @throws DecodeError
   */
  decode(record: RecordContent, body: unknown): DownlinkEvent | undefined;
}

/** The routes of one topic in the order in which they are tried, and the policies that they share. */
export interface TopicRoutes {
  readonly topic: string;
  readonly ackPolicy: ResolvedRoute['ackPolicy'];
  readonly failurePolicy: ResolvedRoute['failurePolicy'];
  readonly routes: readonly Route[];
  /** Where all of them are of envelopes. */
  readonly envelopes: KnownEnvelopes<Route> | null;
}

/** By topic. Its keys are the topics to subscribe to. */
export type RouteTable = ReadonlyMap<string, TopicRoutes>;

/** The fields of the configuration that the route table is made of. */
export type RouteConfig = Pick<ResolvedDownlink, 'enabled' | DownlinkSlot>;

/**
 * Compiles the enabled routes, filters and expressions included. The configuration check has seen to it that
 * routes on one topic have the same policies, and that every expression parses.
 */
export function compileRoutes(config: RouteConfig): RouteTable {
  const byTopic = new Map<string, ResolvedRouteOfKind[]>();
  for (const kind of config.enabled ? DOWNLINK_KINDS : []) {
    const route = config[DOWNLINK_SLOT_OF[kind]];
    if (!route.enabled) continue;
    const topic = route.topic.trim();
    const entry = { ...route, topic, kind };
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), entry]);
  }
  const table = new Map<string, TopicRoutes>();
  for (const [topic, routes] of byTopic) table.set(topic, compileTopic(topic, routes));
  return table;
}

type ResolvedRouteOfKind = ResolvedRoute & { readonly kind: DownlinkKind };

function compileTopic(topic: string, routes: readonly ResolvedRouteOfKind[]): TopicRoutes {
  const [first] = routes;
  return {
    topic,
    ackPolicy: first?.ackPolicy ?? 'on_success',
    failurePolicy: first?.failurePolicy ?? 'drop',
    envelopes: routes.every(({ payload }) => payload.mode === 'envelope_json') ? new KnownEnvelopes() : null,
    // The sort is stable: ties keep the order of the slots.
    routes: routes.toSorted((a, b) => precedence(a.payload) - precedence(b.payload)).map(compileRoute),
  };
}

/** The sharper a route tells its records apart, the earlier it is tried. */
function precedence(payload: ResolvedDownlinkPayload): number {
  if (payload.mode === 'envelope_json') return 2;
  if (payload.filter.mode === 'none') return 3;
  return payload.filter.mode === 'json_pointer' ? 1 : 0;
}

function compileRoute({ kind, topic, payload }: ResolvedRouteOfKind): Route {
  if (payload.mode === 'envelope_json') return { kind, topic, decode: envelopeDecoder(kind) };
  const matches = compileFilter(payload.filter);
  const rules = compileRules(payload.config);
  return {
    kind,
    topic,
    decode(record, body) {
      if (!matches(record, body)) return undefined;
      return validateEvent(kind, mapBody(rules, body, kind, topic), record);
    },
  };
}

function envelopeDecoder(kind: DownlinkKind): Route['decode'] {
  return (record, body) => {
    const envelope = readEnvelope(body, record.topic);
    return envelope.kind === kind ? validateEvent(kind, envelope.data, record) : undefined;
  };
}

function mapBody(rules: readonly Rule[], body: unknown, kind: DownlinkKind, topic: string): unknown {
  try {
    return applyRules(rules, body);
  } catch (cause) {
    if (!(cause instanceof RuleFailure)) throw cause;
    const message = `${topic}: ${kind}: ${cut(cause.message, 300)}`;
    throw new DecodeError('EXPRESSION_FAILED', message, { cause, topic, kind });
  }
}
