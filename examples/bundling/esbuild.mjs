import { build } from 'esbuild';

await build({
  entryPoints: ['gateway.js'],
  outfile: 'dist/esbuild/gateway.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['@confluentinc/kafka-javascript', 'jsonc-parser'],
  // Dependencies of the library are CommonJS, and call require() for modules of Node.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
});
