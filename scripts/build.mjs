// npm run build: src → dist, one to one, plus the published JSON Schema of the configuration.
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');

// Clean first: a file that was renamed in src must not live on in the package.
await rm(dist, { recursive: true, force: true });

const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const schemaModule = path.join(dist, 'config/schema.js');
const { configJsonSchema } = await import(pathToFileURL(schemaModule).href);
if (configJsonSchema === undefined) {
  console.error(
    'build: src/config/schema.ts does not export configJsonSchema; dist/config.schema.json not written.',
  );
  process.exit(1);
}
await writeFile(path.join(dist, 'config.schema.json'), `${JSON.stringify(configJsonSchema, null, 2)}\n`);
console.log('build: dist is ready.');
