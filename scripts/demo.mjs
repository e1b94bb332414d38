// @ts-check
// npm run demo [-- --bootstrap host:port] [--config file.json]: set-up without Kafka and Java, build, examples/demo.
import path from 'node:path';
import { buildIfStale, compile } from './lib/build.mjs';
import { projectRoot } from './lib/project.mjs';
import { report } from './lib/report.mjs';
import { runVisibly } from './lib/run.mjs';
import { setUp } from './setup/index.mjs';

await setUp({ kafka: false });
report('building');
const built = (await buildIfStale()) && (await compile('tsconfig.examples.json'));
if (!built) {
  console.error('demo: the project does not compile; see above.');
  process.exit(1);
}
report('demo');
const main = path.join(projectRoot, '.tmp/examples/demo/main.js');
process.exitCode = await runVisibly(process.execPath, [main, ...process.argv.slice(2)]);
