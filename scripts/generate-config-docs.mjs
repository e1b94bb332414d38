// @ts-check
// docs/configuration.md, made from the schema: node scripts/generate-config-docs.mjs
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { INTRODUCTION, RULES } from './config-docs-text.mjs';
import { importFromSource } from './lib/bundle.mjs';
import { projectRoot } from './lib/project.mjs';

/**
 * @import { SchemaNode, taggedUnion as TaggedUnion } from '../src/config/schema/schema-node.js'
 * @typedef {{
 *   readonly ROOT: SchemaNode,
 *   readonly taggedUnion: typeof TaggedUnion,
 *   readonly expectedIn: (node: SchemaNode) => string,
 *   readonly OWNED_PROPERTIES: ReadonlyMap<string, string>,
 * }} Library
 * @typedef {{ readonly path: string, readonly node: SchemaNode, readonly required: boolean, readonly only: string }} Row
 */

/**
 * The whole page.
 * @param {Library} library
 * @returns {string}
 */
export function renderConfigDocs(library) {
  const sections = Object.entries(library.ROOT.properties ?? {}).map(([name, node]) =>
    renderSection(library, name, node, 2),
  );
  const owned = [...library.OWNED_PROPERTIES].map(([name, instead]) => `| \`${name}\` | ${cell(instead)} |`);
  return [
    INTRODUCTION,
    ...sections,
    RULES,
    '### Properties that the library owns\n',
    ['| property | instead |', '|---|---|', ...owned].join('\n'),
    '',
  ].join('\n');
}

/**
 * A heading, a table of the fields, and a section for each object under.
 * @param {Library} library
 * @param {string} at
 * @param {SchemaNode} node
 * @param {number} level
 * @param {string} about
 * @returns {string}
 */
function renderSection(library, at, node, level, about = node.description ?? '') {
  /** @type {Row[]} */
  const rows = [];
  /** @type {string[]} */
  const below = [];
  for (const group of alike(node)) {
    const [[name, field]] = group;
    const place = `${at}.${group.length === 1 ? name : '<kind>'}`;
    const inner = innerOf(place, field);
    if (inner !== undefined)
      below.push(
        renderSection(library, ...inner, level + 1, inner[1] === field ? aboutGroup(at, group) : undefined),
      );
    if (field.properties !== undefined) continue;
    const required = node.required?.includes(name) === true;
    if (inner === undefined) rows.push(...rowsOf(library, place, field, required));
    else rows.push({ path: place, node: field, required, only: '' });
  }
  return [`${'#'.repeat(level)} \`${at}\`\n\n${about}\n`, ...renderTable(library, rows), ...below].join('\n');
}

/**
 * What of a field is told in a section of its own: an object, one that may be null, or those of a map.
 * @param {string} place
 * @param {SchemaNode} field
 * @returns {[place: string, node: SchemaNode] | undefined}
 */
function innerOf(place, field) {
  if (field.properties !== undefined) return [place, field];
  const [value] = Object.values(field.patternProperties ?? {});
  if (value?.properties !== undefined) return [`${place}.<name>`, value];
  const [only, ...others] = field.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return only?.properties !== undefined && others.length === 0 ? [place, only] : undefined;
}

/**
 * The fields of an object; those that have the same fields in turn (the slots) are told together.
 * @param {SchemaNode} node
 * @returns {Iterable<[[string, SchemaNode], ...[string, SchemaNode][]]>}
 */
function alike(node) {
  /** @type {Map<string, [[string, SchemaNode], ...[string, SchemaNode][]]>} */
  const groups = new Map();
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    const key = field.properties === undefined ? name : JSON.stringify(field.properties);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [[name, field]]);
    else group.push([name, field]);
  }
  return groups.values();
}

/**
 * @param {string} at
 * @param {readonly [string, SchemaNode][]} group
 */
function aboutGroup(at, group) {
  if (group.length === 1) return group[0]?.[1].description ?? '';
  const lines = group.map(([name, field]) => `- \`${at}.${name}\`: ${field.description}`);
  return ['One slot for each kind, all with the same fields:\n', ...lines].join('\n');
}

/**
 * @param {Library} library
 * @param {readonly Row[]} rows
 */
function renderTable(library, rows) {
  if (rows.length === 0) return [];
  const native = rows.some(({ node }) => NATIVE.test(node.description ?? ''));
  const columns = ['path', 'type', 'default', 'meaning', ...(native ? ['librdkafka'] : [])];
  const lines = [columns, columns.map(() => '---'), ...rows.map((row) => cellsOf(library, row, native))];
  return [`${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`];
}

/** The end of a description that names a librdkafka property. */
const NATIVE = / librdkafka: (\S+)( \(.*\))?\.$/;

/**
 * @param {Library} library
 * @param {Row} row
 * @param {boolean} native
 */
function cellsOf(library, { path: at, node, required, only }, native) {
  const description = node.description ?? '';
  const [, property, values = ''] = NATIVE.exec(description) ?? [];
  const byDefault = node.default === undefined ? '' : `\`${JSON.stringify(node.default)}\``;
  const cells = [
    `\`${at}\``,
    cell(library.expectedIn(node)),
    required ? '**required**' : byDefault,
    cell(only + description.replace(NATIVE, '')),
  ];
  return native ? [...cells, property === undefined ? '' : `\`${property}\`${values}`] : cells;
}

/**
 * A field and what stands under it.
 * @param {Library} library
 * @param {string} at
 * @param {SchemaNode} node
 * @param {boolean} required
 * @param {string} only
 * @returns {Row[]}
 */
function rowsOf(library, at, node, required, only = '') {
  const row = { path: at, node, required, only };
  if (node.oneOf !== undefined) return [row, ...rowsOfVariants(library, at, node.oneOf)];
  const hasFields = node.writeOnly === true ? undefined : node.anyOf?.find((branch) => branch.properties);
  const object = hasFields ?? node;
  const below = Object.entries(object.properties ?? {}).flatMap(([name, field]) =>
    rowsOf(library, `${at}.${name}`, field, object.required?.includes(name) === true),
  );
  return [row, ...below];
}

/**
 * The tag of a union, then the fields of its variants, each once.
 * @param {Library} library
 * @param {string} at
 * @param {readonly SchemaNode[]} nodes
 * @returns {Row[]}
 */
function rowsOfVariants(library, at, nodes) {
  const { tag, variants } = library.taggedUnion(nodes);
  const tags = variants.map(({ node }) => node.properties?.[tag] ?? {});
  const byDefault = tags.find((node) => node.default !== undefined)?.default;
  const tagNode = { ...tags[0], type: 'string', default: byDefault, enum: variants.flatMap((v) => v.values) };
  /** @type {Map<string, { values: string[], node: SchemaNode, required: boolean }>} */
  const fields = new Map();
  for (const { node, values } of variants) {
    for (const [name, field] of Object.entries(node.properties ?? {})) {
      const known = fields.get(name);
      if (known !== undefined) known.values.push(...values);
      else
        fields.set(name, {
          values: [...values],
          node: field,
          required: node.required?.includes(name) === true,
        });
    }
  }
  fields.delete(tag);
  return [
    { path: `${at}.${tag}`, node: tagNode, required: byDefault === undefined, only: '' },
    ...[...fields].flatMap(([name, { values, node, required }]) =>
      rowsOf(library, `${at}.${name}`, node, required, `Only with ${tag} ${values.join(', ')}. `),
    ),
  ];
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('{{', '`{{').replaceAll('}}', '}}`');
}

async function main() {
  const { nodes, owned, words } = await importFromSource({
    nodes: 'config/schema/schema-node.ts',
    owned: 'config/owned-properties.ts',
    words: 'config/schema/validation-schema.ts',
  });
  const page = renderConfigDocs({ ...nodes, ...owned, expectedIn: words.expectedIn });
  await writeFile(path.join(projectRoot, 'docs/configuration.md'), page);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
