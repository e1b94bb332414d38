import { describe, expect, test } from 'vitest';
import { notLoaded } from '../../../src/kafka/client/native.js';

const OTHER_NODE = `The module '/app/node_modules/addon.node'
was compiled against a different Node.js version using
NODE_MODULE_VERSION 115. This version of Node.js requires
NODE_MODULE_VERSION 127. Please try re-compiling or re-installing
the module (for instance, using \`npm rebuild\` or \`npm install\`).`;

describe('§7 an addon that cannot be loaded', () => {
  test.each([
    [
      'built for another Node',
      OTHER_NODE,
      "loaded: The module '/app/node_modules/addon.node' was compiled against a different Node.js version using NODE_MODULE_VERSION 115. This version of Node.js requires NODE_MODULE_VERSION 127. Please try re-compiling or re-installing the module (for instance, using `npm rebuild` or `npm install`).",
    ],
    [
      'not built',
      'Could not locate the bindings file. Tried:\n → /app/build/addon.node\n → /app/out/addon.node',
      'loaded: Could not locate the bindings file.',
    ],
    [
      'not installed',
      "Cannot find module 'bindings'\nRequire stack:\n- /app/librdkafka.js",
      "loaded: Cannot find module 'bindings'",
    ],
  ])('given one that is %s, then the message has the whole reason in one line', (_name, words, end) => {
    const error = notLoaded(new Error(words));
    expect(error.code).toBe('NATIVE_MODULE_UNAVAILABLE');
    expect(error.message.endsWith(end), error.message).toBe(true);
  });
});

describe('§7 a bundle that has swallowed the client', () => {
  /** As it comes: with a stack, and with the places where the addon was looked for. */
  const failure = (message: string, at: string, more: object = {}): Error =>
    Object.assign(new Error(message), { stack: `Error: ${message}\n    at ${at}:1:1`, ...more });
  const NOT_FOUND = 'Could not locate the bindings file. Tried:\n → …';
  const INSTALLED = '/app/node_modules/@confluentinc/kafka-javascript';

  test.each([
    [
      'looks for the addon beside itself',
      failure(NOT_FOUND, '/app/out/app.js', { tries: ['/app/build/a.node'] }),
    ],
    [
      'does so with source maps',
      failure(NOT_FOUND, '/app/node_modules/bindings/bindings.js', { tries: ['/app/build/a.node'] }),
    ],
    [
      'is ESM, with a require() in it',
      failure('Dynamic require of "fs" is not supported', '/app/out/app.mjs'),
    ],
    [
      'is ESM, with CommonJS in it',
      failure('__filename is not defined in ES module scope', '/app/out/app.mjs'),
    ],
    [
      'fails in some other way',
      failure("Cannot read properties of undefined (reading 'indexOf')", '/app/out/app.cjs'),
    ],
  ])('given a bundle that %s, then the hint says so, and nothing of npm rebuild', (_name, cause) => {
    expect(notLoaded(cause).hint).toMatch(/^A bundler has put the native client into the bundle/);
    expect(notLoaded(cause).hint).not.toContain('rebuild');
  });

  test.each([
    [
      'was not built',
      failure(NOT_FOUND, '/app/node_modules/bindings/bindings.js', { tries: [`${INSTALLED}/build/a.node`] }),
    ],
    [
      'is not installed',
      failure(
        `Cannot find package '@confluentinc/kafka-javascript' imported from /app/a.js`,
        'node:internal/modules/esm/resolve',
      ),
    ],
    ['is for another Node', failure(OTHER_NODE, `bindings (/app/node_modules/bindings/bindings.js`)],
    [
      'fails by itself',
      failure(
        'librdkafka.so.1: cannot open shared object file',
        `Object.<anonymous> (${INSTALLED}/librdkafka.js`,
      ),
    ],
  ])('given a client that %s, then the hint is about building it', (_name, cause) => {
    expect(notLoaded(cause).hint).toContain('npm rebuild @confluentinc/kafka-javascript');
  });
});
