export default {
  input: 'gateway.js',
  platform: 'node',
  external: ['@confluentinc/kafka-javascript', 'jsonc-parser'],
  output: {
    dir: 'dist/rolldown',
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  },
};
