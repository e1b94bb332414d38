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
