import { describeValue } from '../describe.js';
import { DOWNLINK_SLOTS, type DownlinkSlot } from '../../api/kinds.js';
import type { ResolvedDownlink } from '../resolved-config.js';
import { atLeast, refuse, warn } from './finding.js';
import type { Finding, RuleInput } from './finding.js';
import { mappedJsonFindings } from './uplink.js';

/** The slots that are on: only they are judged. */
function enabledRoutes(downlink: ResolvedDownlink): DownlinkSlot[] {
  return downlink.enabled ? DOWNLINK_SLOTS.filter((slot) => downlink[slot].enabled) : [];
}

function switches(...slots: readonly DownlinkSlot[]): string[] {
  return ['downlink.enabled', ...slots.map((slot) => `downlink.${slot}.enabled`)];
}

export function appIdRule({ config, appIdGiven, groupIdGiven }: RuleInput): Finding[] {
  const { downlink } = config;
  const [first] = enabledRoutes(downlink);
  if (first === undefined || appIdGiven || groupIdGiven) return [];
  const message =
    "is required, because a downlink route is enabled and downlink.groupId is not set: applications with the same id share one consumer group and take each other's commands";
  return [
    refuse('app.id', message, {
      expected: 'an integer of its own for each application, or downlink.groupId',
      found: 'nothing',
      reads: ['downlink.groupId', ...switches(first)],
    }),
  ];
}

export function routesRule({ config: { downlink } }: RuleInput): Finding[] {
  return enabledRoutes(downlink).flatMap((slot) => {
    const { topic, payload } = downlink[slot];
    const at = `downlink.${slot}`;
    const findings = topicFindings(`${at}.topic`, topic, switches(slot));
    if (payload.mode === 'mapped_json') {
      const reads = [`${at}.payload.mode`, ...switches(slot)];
      findings.push(
        ...mappedJsonFindings(`${at}.payload.config`, payload.config).map((f) => ({ ...f, reads })),
      );
    }
    return findings;
  });
}

/** Routes on one topic must agree, because an offset is committed once. */
export function sharedTopicsRule({ config: { downlink } }: RuleInput): Finding[] {
  const slots = enabledRoutes(downlink);
  return slots.flatMap((slot, index) => {
    const route = downlink[slot];
    const others = slots.filter((other) => other !== slot && downlink[other].topic === route.topic);
    const earlier = others.find((other) => slots.indexOf(other) < index);
    const findings: Finding[] = [];
    if (earlier !== undefined) {
      findings.push(...disagreement(downlink, slot, earlier, 'ackPolicy'));
      findings.push(...disagreement(downlink, slot, earlier, 'failurePolicy'));
    }
    const [other] = others;
    const takesAll = route.payload.mode === 'mapped_json' && route.payload.filter.mode === 'none';
    if (other !== undefined && takesAll) {
      const message = `without a filter this route takes every record of ${route.topic} that no other route takes; downlink.${other} shares the topic`;
      const at = `downlink.${slot}`;
      const reads = [
        `${at}.topic`,
        `${at}.payload.mode`,
        `downlink.${other}.topic`,
        ...switches(slot, other),
      ];
      findings.push(warn(`${at}.payload.filter`, message, { reads }));
    }
    return findings;
  });
}

function disagreement(
  downlink: ResolvedDownlink,
  slot: DownlinkSlot,
  other: DownlinkSlot,
  field: 'ackPolicy' | 'failurePolicy',
): Finding[] {
  const found = downlink[slot][field];
  const wanted = downlink[other][field];
  if (found === wanted) return [];
  const expected = `${wanted}, as in downlink.${other}.${field}, because both routes read ${downlink[slot].topic}`;
  const reads = [
    `downlink.${other}.${field}`,
    `downlink.${slot}.topic`,
    `downlink.${other}.topic`,
    ...switches(slot, other),
  ];
  return [
    refuse(`downlink.${slot}.${field}`, `expected ${expected}; found ${found}`, { expected, found, reads }),
  ];
}

export function redeliveryRule({ config: { downlink } }: RuleInput): Finding[] {
  const { redelivery, deadLetter } = downlink;
  const at = 'downlink.redelivery';
  const findings = atLeast(
    [`${at}.maxBackoffMs`, redelivery.maxBackoffMs],
    [`${at}.initialBackoffMs`, redelivery.initialBackoffMs],
  );
  if (downlink.enabled && redelivery.then === 'dead_letter' && !deadLetter.enabled) {
    const expected = 'downlink.deadLetter.enabled with dead_letter';
    const reads = ['downlink.enabled', 'downlink.deadLetter.enabled'];
    findings.push(
      refuse(`${at}.then`, `expected ${expected}; found it disabled`, {
        expected,
        found: 'dead_letter',
        reads,
      }),
    );
  }
  return findings;
}

export function deadLetterRule({ config: { downlink } }: RuleInput): Finding[] {
  const { enabled, topic } = downlink.deadLetter;
  if (!downlink.enabled || !enabled) return [];
  const path = 'downlink.deadLetter.topic';
  const reads = ['downlink.enabled', 'downlink.deadLetter.enabled'];
  const findings = topicFindings(path, topic, reads);
  const reader = enabledRoutes(downlink).find((slot) => downlink[slot].topic === topic);
  if (reader !== undefined) {
    const expected = 'a topic that no route reads';
    const message = `expected ${expected}; found the topic of downlink.${reader}`;
    findings.push(
      refuse(path, message, {
        expected,
        found: topic,
        reads: [`downlink.${reader}.topic`, ...reads, ...switches(reader)],
      }),
    );
  }
  return findings;
}

const LONGEST_TOPIC = 249;

/** A topic that is read or written as it stands: no template, no pattern, a name that Kafka allows. */
function topicFindings(path: string, topic: string, reads: readonly string[]): Finding[] {
  const expected = topicExpectation(topic);
  if (expected === null) return [];
  const found = topic === '' ? 'a blank text' : describeValue(topic);
  return [refuse(path, `expected ${expected}; found ${found}`, { expected, found, reads })];
}

function topicExpectation(topic: string): string | null {
  if (topic === '') return 'the name of a topic';
  if (topic.includes('{{') || topic.includes('}}'))
    return 'an exact topic name; templates are for the uplink';
  if (/^(re:|regex:|\^)/i.test(topic) || topic.includes('*')) return 'an exact topic name, no pattern';
  if (!/^[\w.-]+$/.test(topic) || topic === '.' || topic === '..' || topic.length > LONGEST_TOPIC) {
    return `a topic name that Kafka allows (letters, digits, ".", "_", "-"; at most ${LONGEST_TOPIC} characters)`;
  }
  return null;
}
