import { compileTemplate, type Template } from '../../language/template/template.js';
import { carriesName } from '../../record/outgoing-record.js';
import { describeValue } from '../describe.js';
import { GAP_VARIABLE_NAMES, VARIABLE_NAMES, WANTED_HEADER_NAMES, answersCommands } from '../names.js';
import { POINT_KINDS, UPLINK_SLOT_OF, UPLINK_SLOTS, type UplinkSlot } from '../../api/kinds.js';
import type { ResolvedConfig, ResolvedMapping } from '../resolved-config.js';
import { refuse, suggest, warn, type Finding, type RuleInput } from './finding.js';
import { compileExpression } from '../../language/jmespath/evaluator.js';
import { MAX_PATH_SEGMENTS, pathSegments } from '../../language/jmespath/mapped-object.js';
import { reasonOf } from '../../api/reason.js';
import { childPath } from '../path.js';

/** The kinds that have points, which kv and timeseries_rows are made of. */
const WITH_POINTS: ReadonlySet<MappingSlot> = new Set(POINT_KINDS.map((kind) => UPLINK_SLOT_OF[kind]));

/** Whether events or replies of a slot are sent. */
export function isUsed(slot: UplinkSlot, config: ResolvedConfig): boolean {
  const { uplink } = config;
  return uplink[slot].enabled && (uplink.enabled || answersCommands(slot, config));
}

/** Slots are judged only where they and the master switch are on; those of replies also where the downlink answers. */
export function mappingsRule({ config }: RuleInput): Finding[] {
  const { uplink } = config;
  const gaps = uplink.enabled && uplink.dataGap.enabled ? (['dataGap'] as const) : [];
  return [...UPLINK_SLOTS.filter((slot) => isUsed(slot, config)), ...gaps].flatMap((slot) => {
    const switches = ['uplink.enabled', `uplink.${slot}.enabled`];
    return mappingFindings(slot, uplink[slot]).map((finding) => ({
      ...finding,
      reads: [...finding.reads, ...switches],
    }));
  });
}

type MappingSlot = UplinkSlot | 'dataGap';

function mappingFindings(slot: MappingSlot, { topic, key, payload }: ResolvedMapping): Finding[] {
  const at = `uplink.${slot}`;
  const variables = slot === 'dataGap' ? GAP_VARIABLE_NAMES : VARIABLE_NAMES;
  const findings = [
    ...topicFindings(`${at}.topic`, topic, variables),
    ...templateFindings(`${at}.key`, key, variables),
  ];
  const mode = `${at}.payload.mode`;
  if ((payload.mode === 'kv' || payload.mode === 'timeseries_rows') && !WITH_POINTS.has(slot)) {
    const expected = 'envelope_json or mapped_json, because this kind has no points';
    findings.push(
      refuse(mode, `expected ${expected}; found ${payload.mode}`, { expected, found: payload.mode }),
    );
  }
  if (payload.mode === 'mapped_json') {
    findings.push(
      ...mappedJsonFindings(`${at}.payload.config`, payload.config).map((f) => ({ ...f, reads: [mode] })),
    );
  }
  return findings;
}

function topicFindings(path: string, source: string, variables: readonly string[]): Finding[] {
  if (source.trim() !== '') return templateFindings(path, source, variables);
  const expected = 'a template that is not blank';
  return [refuse(path, `expected ${expected}; found a blank one`, { expected, found: 'a blank one' })];
}

function templateFindings(path: string, source: string, variables: readonly string[]): Finding[] {
  let template: Template | undefined;
  const reason = failure(() => {
    template = compileTemplate(source);
  });
  if (reason !== null) return [refuse(path, `template ${reason}`, { expected: 'a template that compiles' })];
  const unknown = [...(template?.variables ?? [])].filter((name) => !variables.includes(name));
  return unknown.map((name) => {
    const { text, suggestion } = suggest(name, variables);
    const message = `there is no variable ${describeValue(name)}: it renders as nothing${text}`;
    return warn(path, message, { found: describeValue(name), suggestion });
  });
}

export function headersRule({ config, headersAt }: RuleInput): Finding[] {
  const { include, static: fixed } = config.uplink.headers;
  const names = include === true ? [] : include;
  const findings = names.flatMap((name, index) => {
    if (WANTED_HEADER_NAMES.includes(name)) return [];
    const { text, suggestion } = suggest(name, WANTED_HEADER_NAMES);
    const expected = `one of ${WANTED_HEADER_NAMES.join(', ')}`;
    const message = `there is no header ${describeValue(name)}${text === '' ? `; expected ${expected}` : text}`;
    return [warn(`${headersAt}[${index}]`, message, { expected, found: describeValue(name), suggestion })];
  });
  if (Object.keys(fixed).some((name) => name.trim() === '')) {
    const expected = 'header names that are not blank';
    findings.push(refuse('uplink.headers.static', `expected ${expected}`, { expected }));
  }
  for (const name of Object.keys(fixed).filter((each) => !carriesName(each))) {
    const expected = 'header names without NUL and without half a surrogate pair';
    const message = `expected ${expected}; found ${describeValue(name)}`;
    findings.push(refuse('uplink.headers.static', message, { expected, found: describeValue(name) }));
  }
  return findings;
}

/** The rules of a mapped_json payload; `at` is the path of its `config`. */
export function mappedJsonFindings(at: string, config: Readonly<Record<string, string>>): Finding[] {
  const rules = Object.entries(config);
  if (rules.length === 0) {
    const expected = 'at least one rule, output path → JMESPath expression';
    return [refuse(at, `expected ${expected}; found none`, { expected, found: 'none' })];
  }
  return rules.flatMap(([path, source]) => ruleFindings(at, path, source));
}

function ruleFindings(at: string, path: string, source: string): Finding[] {
  const findings: Finding[] = [];
  const place = childPath(at, path);
  const { length } = pathSegments(path);
  if (length > MAX_PATH_SEGMENTS) {
    const expected = `an output path of at most ${MAX_PATH_SEGMENTS} segments`;
    findings.push(
      refuse(place, `expected ${expected}; found ${length}`, { expected, found: String(length) }),
    );
  }
  if (length === 0) {
    findings.push(
      refuse(place, 'expected an output path; found a blank one', {
        expected: 'an output path',
        found: 'a blank one',
      }),
    );
  }
  if (source.trim() === '') {
    const expected = 'a JMESPath expression';
    findings.push(
      refuse(place, `expected ${expected}; found a blank one`, { expected, found: 'a blank one' }),
    );
  } else {
    const reason = failure(() => compileExpression(source));
    if (reason !== null) {
      findings.push(
        refuse(place, `JMESPath expression ${reason}`, { expected: 'a JMESPath expression that parses' }),
      );
    }
  }
  return findings;
}

/** The message of the error that a call throws. */
export function failure(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}
