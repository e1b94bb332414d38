/** The rules of `uplink.store.lanes`: their names, their kinds, and topics that two of them share. */
import { MAPPING_OF, UPLINK_KINDS } from '../../api/kinds.js';
import { compileTemplate } from '../../language/template/template.js';
import { childPath } from '../path.js';
import { DEFAULT_LANES, type StoreDocument } from '../resolve-store.js';
import type { ResolvedStore } from '../resolved-config.js';
import { refuse, suggest, warn, type Finding, type RuleInput } from './finding.js';
import { STORE } from './store.js';
import { failure, isUsed } from './uplink.js';

const LANES = `${STORE}.lanes`;
const MOST_LANES = 16;

/** A name is one of a folder, on every system; one of digits alone would not keep its place in the document. */
const NAME = /^[A-Za-z][\w-]{0,39}$/;
const OF_WINDOWS = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/** What nobody sends again: the offset of the command is committed once it is on disk. */
const NEVER_EVICTED = ['rpc_response', 'write_point_response', 'dead_letter'];

export function laneNamesRule({ config, store: given }: RuleInput): Finding[] {
  const { store } = config.uplink;
  if (store === null || given === null) return [];
  const names = Object.keys(given.lanes);
  const findings = names.flatMap((name) => nameFindings(name, store));
  if (store.lanes.length > MOST_LANES) {
    const expected = `at most ${MOST_LANES} lanes, the ${DEFAULT_LANES.size} that are always there among them`;
    const found = String(store.lanes.length);
    findings.push(refuse(LANES, `expected ${expected}; found ${found}`, { expected, found }));
  }
  return findings;
}

function nameFindings(name: string, { lanes }: ResolvedStore): Finding[] {
  const at = childPath(LANES, name);
  if (!NAME.test(name)) {
    const expected = 'a name of letters, digits, - and _ that starts with a letter, at most 40 characters';
    return [refuse(at, `expected ${expected}`, { expected })];
  }
  if (OF_WINDOWS.test(name)) {
    const expected = 'another name, since Windows keeps this one for itself';
    return [refuse(at, `expected ${expected}; found ${name}`, { expected, found: name })];
  }
  const first = lanes.find((lane) => lane.name.toLowerCase() === name.toLowerCase());
  if (first !== undefined && first.name !== name) {
    const expected = 'names that differ by more than case, since they are folders';
    const message = `differs from ${first.name} by case only: expected ${expected}`;
    return [refuse(at, message, { expected, found: name })];
  }
  return [];
}

export function laneKindsRule({ config, store: given }: RuleInput): Finding[] {
  const { store } = config.uplink;
  if (store === null || given === null) return [];
  const findings: Finding[] = [];
  for (const [name, { kinds }] of Object.entries(given.lanes)) {
    const at = childPath(LANES, name);
    kinds.forEach((kind, index) => {
      findings.push(...kindFindings(`${at}.kinds[${index}]`, kind, name, store));
    });
    const isEmpty = store.lanes.some((lane) => lane.name === name && lane.kinds.size === 0);
    if (isEmpty && kinds.length === 0 && !DEFAULT_LANES.has(name)) findings.push(emptyLane(at, name));
  }
  return findings;
}

function kindFindings(
  at: string,
  kind: StoreDocument['lanes'][string]['kinds'][number],
  name: string,
  { lanes }: ResolvedStore,
): Finding[] {
  const lane = lanes.find((each) => each.kinds.has(kind));
  if (lane === undefined) return [];
  if (lane.name !== name) {
    const expected = 'kinds that no other lane has';
    const message = `expected ${expected}; found ${kind}, which lane ${lane.name} has`;
    return [refuse(at, message, { expected, found: kind, reads: [`${childPath(LANES, lane.name)}.kinds`] })];
  }
  if (!lane.evictable || !NEVER_EVICTED.includes(kind)) return [];
  const message = `is evicted here when the store is full, and nobody sends it again; in critical it is not`;
  return [warn(at, message, { found: kind })];
}

function emptyLane(at: string, name: string): Finding {
  const { text, suggestion } = suggest(name, [...DEFAULT_LANES.keys()]);
  return warn(at, `takes no kind, so that nothing is ever in it: name its kinds${text}`, { suggestion });
}

/** Order per key is kept by a lane, not between two. */
export function laneTopicsRule({ config }: RuleInput): Finding[] {
  const { store } = config.uplink;
  if (store === null) return [];
  const kinds = UPLINK_KINDS.filter((kind) => isUsed(MAPPING_OF[kind], config)).map((kind) => {
    const { topic, key } = config.uplink[MAPPING_OF[kind]];
    const lane = store.lanes.find((each) => each.kinds.has(kind))?.name ?? '';
    return { slot: `uplink.${MAPPING_OF[kind]}`, lane, topic, keyed: key.trim() !== '' };
  });
  const shared = kinds.filter(({ topic, keyed }) => keyed && !tellsKinds(topic));
  return shared.flatMap(({ slot, lane, topic }, index) => {
    const other = shared.slice(0, index).find((each) => each.topic === topic && each.lane !== lane);
    if (other === undefined) return [];
    const message = `is that of ${other.slot} too, which is in lane ${other.lane}, and this one in lane ${lane}: order per key does not hold between lanes. Give both kinds one lane in ${LANES}, or topics of their own`;
    return [warn(`${slot}.topic`, message, { reads: [`${other.slot}.topic`, LANES] })];
  });
}

/** Whether two kinds never have one topic with this template; one that does not compile is told elsewhere. */
function tellsKinds(topic: string): boolean {
  let tells = true;
  failure(() => {
    const { variables } = compileTemplate(topic);
    tells = variables === null || variables.has('event_kind');
  });
  return tells;
}
