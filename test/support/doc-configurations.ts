import { asConfig, createKafkaNorthward } from '../../src/index.js';
import type { Block } from './doc-pages.js';

/** What parts of a configuration are put into. */
const MINIMAL = {
  app: { id: 7, name: 'plant' },
  connection: { bootstrapServers: '127.0.0.1:9092' },
};

const KINDS_WITH_POINTS = ['telemetry', 'attributes'];
const KINDS = [
  ...KINDS_WITH_POINTS,
  'deviceConnected',
  'deviceDisconnected',
  'alarm',
  'rpcResponse',
  'writePointResponse',
];
const ROUTES = ['writePoint', 'commandReceived', 'rpcResponseReceived'];

/** Every kind is sent, by the default mapping. */
export const EVERY_KIND = mappingOf({});

/** JSON that is no configuration. */
const NO_CONFIGURATION = ['data', 'record', 'value', 'command', 'view'];

/** The whole configuration of a JSON block, or null where the block is none. */
export function configurationOf({ language, marker, code }: Block): unknown {
  if (language !== 'json' || NO_CONFIGURATION.includes(marker.split(' ', 1)[0] ?? '')) return null;
  const content: unknown = JSON.parse(code);
  if (marker === '' || marker === 'refused') return content;
  if (marker === 'mapping') return mappingOf(content as MappingLike);
  return partOf(marker.split('.'), content);
}

interface MappingLike {
  readonly payload?: { readonly mode?: string; readonly pack?: object };
}

/** A mapping, for every kind that can use its payload mode. */
function mappingOf(mapping: MappingLike) {
  const { mode, pack } = mapping.payload ?? {};
  const kinds = mode === 'kv' || mode === 'timeseries_rows' ? KINDS_WITH_POINTS : KINDS;
  // A response has a record of its own.
  const able = pack === undefined ? kinds : kinds.filter((kind) => !kind.endsWith('Response'));
  const slots = able.map((kind) => [kind, { enabled: true, ...mapping }]);
  return { ...MINIMAL, uplink: Object.fromEntries(slots) };
}

/** A part, in its place; the slot around it is enabled. */
function partOf(path: readonly string[], content: unknown): unknown {
  const [section = '', slot] = path;
  let part = content;
  for (const name of path.slice(1).toReversed()) part = { [name]: part };
  const base: object = Object.hasOwn(MINIMAL, section) ? MINIMAL[section as keyof typeof MINIMAL] : {};
  const whole = { ...MINIMAL, [section]: { ...base, ...(part as object) } };
  if (slot === undefined) return whole;
  const defaults = { enabled: true, ...(ROUTES.includes(slot) ? { topic: 'plant.commands' } : {}) };
  if (![...KINDS, ...ROUTES].includes(slot)) return whole;
  const inner = (part as Readonly<Record<string, object>>)[slot];
  return { ...whole, [section]: { ...base, [slot]: { ...defaults, ...inner } } };
}

/** Why the configuration of a block is not as the block says, or nothing. */
export function faultOf(block: Block): readonly string[] {
  const place = `${block.page}:${block.line}`;
  try {
    const config = configurationOf(block);
    if (config === null) return [];
    createKafkaNorthward(asConfig(config));
    return block.marker === 'refused' ? [`${place}: is accepted`] : [];
  } catch (error) {
    if (block.marker === 'refused') return [];
    return [`${place}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
