/** What a configuration wants of its cluster: topics, and the rights on them. Pure. */
import type { DownlinkSlot } from '../api/kinds.js';
import { DOWNLINK_SLOTS, MAPPING_OF, UPLINK_SLOTS, type MappedKind, type UplinkSlot } from '../api/kinds.js';
import { answersCommands } from '../config/names.js';
import type { ResolvedConfig } from '../config/resolved-config.js';
import type { Operation, ProbeSide } from '../kafka/port/probe-port.js';
import { fixedTopic } from '../uplink/encode/fixed-topics.js';

/** Why a topic is needed. */
export interface TopicUse {
  /** Setting that names it. */
  readonly path: string;
  readonly operation: Extract<Operation, 'READ' | 'WRITE'>;
}

export interface TopicNeed {
  readonly topic: string;
  readonly uses: readonly TopicUse[];
}

/** A template whose topic depends on the event. */
export interface OpenTemplate {
  readonly path: string;
  readonly template: string;
}

export interface TopicNeeds {
  readonly topics: readonly TopicNeed[];
  readonly open: readonly OpenTemplate[];
}

/** The sides that are in use: replies and dead letters need the uplink, too. */
export function sidesInUse(config: ResolvedConfig): readonly ProbeSide[] {
  const uplink = config.uplink.enabled || config.downlink.deadLetter.enabled || replySlots(config).length > 0;
  const downlink = routesOf(config).length > 0;
  return [...(uplink ? (['uplink'] as const) : []), ...(downlink ? (['downlink'] as const) : [])];
}

function replySlots(config: ResolvedConfig): readonly UplinkSlot[] {
  return UPLINK_SLOTS.filter((slot) => answersCommands(slot, config) && config.uplink[slot].enabled);
}

function routesOf({ downlink }: ResolvedConfig): readonly DownlinkSlot[] {
  return downlink.enabled ? DOWNLINK_SLOTS.filter((slot) => downlink[slot].enabled) : [];
}

/** @param sound whether the configuration is right at a path: what is wrong is not looked at */
export function topicNeeds(
  config: ResolvedConfig,
  sides: readonly ProbeSide[],
  sound: (path: string) => boolean,
): TopicNeeds {
  const needs = new Map<string, TopicUse[]>();
  const open: OpenTemplate[] = [];
  const add = (topic: string, use: TopicUse): void => {
    const uses = needs.get(topic);
    if (uses === undefined) needs.set(topic, [use]);
    else uses.push(use);
  };
  for (const [kind, slot] of mappingsOf(config, sides)) {
    const path = `uplink.${slot}.topic`;
    if (!sound(`uplink.${slot}`)) continue;
    const { topic: template } = config.uplink[slot];
    const topic = fixedTopic(kind, template, config.app, config.uplink.topicPolicy);
    if (topic === null) open.push({ path, template });
    else add(topic, { path, operation: 'WRITE' });
  }
  if (sides.includes('downlink')) {
    const { downlink } = config;
    for (const slot of routesOf(config).filter((each) => sound(`downlink.${each}`)))
      add(downlink[slot].topic, { path: `downlink.${slot}.topic`, operation: 'READ' });
    if (downlink.enabled && downlink.deadLetter.enabled && sound('downlink.deadLetter'))
      add(downlink.deadLetter.topic, { path: 'downlink.deadLetter.topic', operation: 'WRITE' });
  }
  return { topics: [...needs].map(([topic, uses]) => ({ topic, uses })), open };
}

/** Mappings by which records go out. */
function mappingsOf(
  config: ResolvedConfig,
  sides: readonly ProbeSide[],
): ReadonlyArray<readonly [MappedKind, (typeof MAPPING_OF)[MappedKind]]> {
  const { uplink } = config;
  const replies: readonly string[] = replySlots(config);
  const whole = uplink.enabled && sides.includes('uplink');
  return (Object.entries(MAPPING_OF) as [MappedKind, (typeof MAPPING_OF)[MappedKind]][]).filter(
    ([, slot]) => {
      if (!uplink[slot].enabled) return false;
      if (slot === 'dataGap') return whole && uplink.store !== null;
      return whole || replies.includes(slot);
    },
  );
}

/** Names of the enabled routes that read a topic. */
export function routesReading(config: ResolvedConfig, topic: string): readonly string[] {
  return routesOf(config)
    .filter((slot) => config.downlink[slot].topic === topic)
    .map((slot) => `downlink.${slot}`);
}
