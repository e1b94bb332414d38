// @ts-check
// src/api/config.ts, made from the schema: npx vitest run test/unit/config/types.test.ts --update

/** @import { SchemaNode } from '../src/config/schema/schema-node.js' */

const HEAD = `/**
 * What a host writes, as types. Made from the schema by scripts/generate-config-types.mjs; do not edit by hand. After a change of
 * the schema: npx vitest run test/unit/config/types.test.ts --update
 */`;

/** Parts that stand in several places, or that people speak of, get a name: path in the document → name. */
const NAMED = new Map([
  ['connection', 'ConnectionConfig'],
  ['connection.security', 'SecurityConfig'],
  ['connection.security.tls', 'TlsConfig'],
  ['connection.security.sasl', 'SaslConfig'],
  ['connection.security.sasl.password', 'SecretConfig'],
  ['uplink', 'UplinkConfig'],
  ['uplink.producer', 'ProducerConfig'],
  ['uplink.producer.properties', 'Properties'],
  ['uplink.store', 'StoreConfig'],
  ['uplink.store.lanes.*', 'LaneConfig'],
  ['uplink.telemetry', 'MappingConfig'],
  ['uplink.telemetry.payload', 'UplinkPayloadConfig'],
  ['uplink.telemetry.payload.pack', 'PackingConfig'],
  ['uplink.dataGap', 'DataGapConfig'],
  ['topics', 'TopicsConfig'],
  ['downlink', 'DownlinkConfig'],
  ['downlink.writePoint', 'RouteConfig'],
  ['downlink.writePoint.payload', 'DownlinkPayloadConfig'],
  ['downlink.writePoint.payload.filter', 'FilterConfig'],
]);

/**
 * The whole file, not formatted yet.
 * @param {SchemaNode} root
 * @returns {string}
 */
export function renderConfigTypes(root) {
  const names = namesOf(root);
  const declarations = [...names].map(([, { name, node }]) => declare(name, node, names));
  const whole = declare('NorthwardConfig', { ...root, description: WHOLE }, names);
  return [HEAD, ...declarations, whole].join('\n\n');
}

/** What a name says, where the part that it was found at says something narrower. */
const MEANING = new Map([
  ['SecretConfig', 'A secret: the text itself, or where to read it.'],
  ['Properties', 'Properties of librdkafka, handed through as they are.'],
  ['MappingConfig', 'The slot of one kind of uplink event.'],
  ['RouteConfig', 'The slot of one kind of downlink event.'],
]);

const WHOLE =
  'What a host writes: everything that has a default may be left out. Every setting is described in docs/configuration.md.';

/**
 * @typedef {Map<string, { readonly name: string, readonly node: SchemaNode }>} Names shape of a part → its name
 * @param {SchemaNode} root
 * @returns {Names}
 */
function namesOf(root) {
  /** @type {Names} */
  const names = new Map();
  for (const [at, name] of NAMED) {
    const node = find(root, at.split('.'));
    if (node === undefined) throw new Error(`generate-config-types: the schema has no ${at}`);
    names.set(shapeOf(node), { name, node });
  }
  return names;
}

/**
 * @param {SchemaNode | undefined} node
 * @param {readonly string[]} path
 * @returns {SchemaNode | undefined}
 */
function find(node, [name, ...rest]) {
  if (node === undefined || name === undefined) return node;
  for (const branch of [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])]) {
    const found = name === '*' ? Object.values(branch.patternProperties ?? {})[0] : branch.properties?.[name];
    if (found !== undefined) return find(found, rest);
  }
  return undefined;
}

/**
 * What makes two parts the same type: all but their own words and defaults.
 * @param {SchemaNode} node
 */
function shapeOf(node) {
  const { type, properties, required, patternProperties, items, oneOf, writeOnly } = node;
  const anyOf = node.anyOf
    ?.filter((branch) => branch.type !== 'null')
    .map((branch) => ({ ...branch, minLength: undefined }));
  return JSON.stringify({ type, properties, required, patternProperties, items, oneOf, anyOf, writeOnly });
}

/**
 * @param {string} name
 * @param {SchemaNode} node
 * @param {Names} names
 */
function declare(name, node, names) {
  const branches = node.anyOf?.filter((branch) => branch.type !== 'null') ?? [];
  const only = branches.length === 1 ? branches[0] : node;
  const body = typeOf(only ?? node, names, true);
  const comment = commentOf(MEANING.get(name) ?? only?.description ?? node.description);
  return (only ?? node).properties !== undefined
    ? `${comment}export interface ${name} ${body}`
    : `${comment}export type ${name} = ${body};`;
}

/**
 * @param {SchemaNode} node
 * @param {Names} names
 * @param {boolean} [itself] the part is being declared: its own name does not help
 * @returns {string}
 */
function typeOf(node, names, itself = false) {
  const known = itself ? undefined : names.get(shapeOf(node));
  if (known !== undefined) {
    const withNull = node.anyOf?.some((branch) => branch.type === 'null') === true;
    return withNull ? `${known.name} | null` : known.name;
  }
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(' | ');
  const branches = node.oneOf ?? node.anyOf?.filter((branch) => !itself || branch.type !== 'null');
  if (branches !== undefined) return branches.map((branch) => typeOf(branch, names)).join(' | ');
  if (node.properties !== undefined) return objectOf(node, node.properties, names);
  const [value] = Object.values(node.patternProperties ?? {});
  if (value !== undefined) return `{ readonly [name: string]: ${typeOf(value, names)} }`;
  if (node.items !== undefined) return `readonly (${typeOf(node.items, names)})[]`;
  return node.type === 'integer' ? 'number' : String(node.type);
}

/**
 * @param {SchemaNode} node
 * @param {Readonly<Record<string, SchemaNode>>} properties
 * @param {Names} names
 */
function objectOf(node, properties, names) {
  const fields = Object.entries(properties).map(([name, field]) => {
    const optional = node.required?.includes(name) === true ? '' : '?';
    return `${commentOf(field.description, field)}readonly ${name}${optional}: ${typeOf(field, names)};`;
  });
  return `{\n${fields.join('\n')}\n}`;
}

/**
 * @param {string | undefined} description
 * @param {SchemaNode} [field] whose range and default are told as well
 */
function commentOf(description, field) {
  if (description === undefined) return '';
  const facts = field === undefined ? [] : factsOf(field);
  const lines = wrap([description, ...facts].join(' ').replaceAll('*/', '*\\/'));
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`).join('\n')}\n */\n`;
}

/** @param {SchemaNode} field */
function factsOf(field) {
  const { minimum, maximum, default: byDefault } = field;
  const range = minimum === undefined || maximum === undefined ? [] : [`Range: ${minimum} to ${maximum}.`];
  const told = byDefault === undefined || byDefault === null || typeof byDefault === 'object';
  return told ? range : [...range, `Default: ${JSON.stringify(byDefault)}.`];
}

/** @param {string} text */
function wrap(text) {
  /** @type {string[]} */
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length > 100) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
