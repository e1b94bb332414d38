// @ts-check
import path from 'node:path';

/** @import { Plugin } from 'rolldown' */

/** The CommonJS packages that src imports, and the names that it takes of each. */
const NAMES = new Map([
  ['ajv/dist/runtime/ucs2length.js', ['default']],
  ['eventemitter3', ['EventEmitter']],
  ['handlebars/dist/handlebars.js', ['default']],
  ['lossless-json', ['parse']],
]);
const PREFIX = '\0common-js:';
const FILE = 'dependencies.cjs';

/**
 * Loads the CommonJS dependencies by `require`, from one small file. Where an ES module imports them, Node first looks
 * for the names of their exports in their text: with Handlebars that takes longer than to run it. Bundlers of hosts find
 * what they need, as they would not behind `createRequire()`.
 * @param {string} src
 * @returns {Plugin}
 */
export function commonJsDependencies(src) {
  return {
    name: 'common-js-dependencies',
    resolveId(id) {
      if (id === FILE) return { id: path.join(src, FILE), external: 'relative' };
      if (NAMES.has(id)) return PREFIX + id;
      const isOwn = id.startsWith('.') || path.isAbsolute(id);
      if (isOwn || id.startsWith('node:') || id.startsWith('@confluentinc/')) return null;
      throw new Error(`build: ${id} is not known: scripts/lib/common-js.mjs lists what is imported`);
    },
    load(id) {
      return id.startsWith(PREFIX) ? importing(id.slice(PREFIX.length)) : null;
    },
    generateBundle() {
      const lines = [...NAMES.keys()].map((name) => `exports['${name}'] = require('${name}');\n`);
      const source = `'use strict';\n${lines.join('')}`;
      this.emitFile({ type: 'asset', fileName: FILE, source });
    },
  };
}

/** @param {string} name */
function importing(name) {
  const names = (NAMES.get(name) ?? []).map((exported) =>
    exported === 'default'
      ? `export default dependencies['${name}'];`
      : `export const ${exported} = dependencies['${name}'].${exported};`,
  );
  return [`import dependencies from '${FILE}';`, ...names].join('\n');
}
