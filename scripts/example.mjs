// @ts-check
// npm run example -- NAME [--bootstrap host:port]: set-up, build, then examples/NAME.ts. Without NAME: their list.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfStale, compile } from './lib/build.mjs';
import { projectRoot } from './lib/project.mjs';
import { report } from './lib/report.mjs';
import { runVisibly } from './lib/run.mjs';
import { setUp } from './setup/index.mjs';

const files = await readdir(path.join(projectRoot, 'examples'));
const names = files.filter((file) => file.endsWith('.ts')).map((file) => path.basename(file, '.ts'));

const { values, positionals } = parseArgs({
  options: { bootstrap: { type: 'string' } },
  allowPositionals: true,
});
const [name] = positionals;
if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`example: there is no examples/${name}.ts`);
  console.log(`npm run example -- NAME [--bootstrap host:port]\n\nNAME is one of:\n  ${names.join('\n  ')}`);
  process.exit(name === undefined ? 0 : 2);
}

await setUp({ kafka: false });
report('building');
if (!((await buildIfStale()) && (await compile('tsconfig.examples.json')))) {
  console.error('example: the project does not compile; see above.');
  process.exit(1);
}
report(`examples/${name}.ts`);
const env = values.bootstrap === undefined ? {} : { KAFKA_BOOTSTRAP: values.bootstrap };
// Ctrl-C reaches the example too: it ends when it is ready, and so does this.
process.on('SIGINT', () => {});
process.exitCode = await runVisibly(process.execPath, [path.join(projectRoot, `.tmp/examples/${name}.js`)], {
  env,
});
