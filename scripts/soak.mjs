// @ts-check
// npm run soak: hours of a gateway with an outage in it. Does it hold more at the end than at the beginning, and did everything arrive?
import { writeFile } from 'node:fs/promises';
import { readCommandLine } from './lib/command-line.mjs';
import { report } from './lib/report.mjs';
import { hostPlace } from './soak/node.mjs';
import { pictureOf } from './soak/picture.mjs';
import { runSoak } from './soak/run.mjs';
import { judgeSoak, soakText } from './soak/verdict.mjs';
import { onStage } from './store/stage.mjs';

const { values } = readCommandLine({
  command: 'npm run soak',
  about:
    'A gateway under load for hours, with the broker killed in the middle: samples memory, handles, threads and file\n' +
    'descriptors, and checks that each message arrived and each command was executed. Linux only.',
  options: {
    minutes: { type: 'string', value: 'N', default: '60', help: 'how long it publishes' },
    outage: {
      type: 'string',
      value: 'N',
      help: 'minutes for which the broker is away (default: a sixth of the time)',
    },
    node: { type: 'string', value: 'VERSION', help: 'Node of the gateway, from npm (default: this one)' },
    rate: { type: 'string', value: 'N', default: '2000', help: 'messages a second' },
    commands: { type: 'string', value: 'N', default: '20', help: 'commands a second' },
    out: { type: 'string', value: 'FILE.json', help: 'write samples and verdict there' },
    svg: { type: 'string', value: 'FILE.svg', help: 'draw them there' },
  },
  more: 'It ends with 1 where something is not accounted for, or a resource grew beyond its bound (docs/reliability.md).',
});

/** What is read at once is not needed on disk: the topics of hours would fill it. */
const RETENTION = { 'log.segment.bytes': '67108864', 'log.retention.bytes': '268435456' };

const seconds = Number(values.minutes) * 60;
const plan = {
  seconds,
  outageSeconds: values.outage === undefined ? seconds / 6 : Number(values.outage) * 60,
  rate: Number(values.rate),
  commands: Number(values.commands),
};
await onStage(
  'soak',
  async ({ cluster, folder }) => {
    const place = await hostPlace(values.node ?? process.versions.node, folder);
    const result = await runSoak({ cluster, folder, place, plan, say: report });
    const verdict = judgeSoak(result);
    if (values.out !== undefined) await writeFile(values.out, JSON.stringify({ ...result, verdict }));
    if (values.svg !== undefined) await writeFile(values.svg, pictureOf(result));
    console.log(soakText(result, verdict));
    return verdict.problems.length === 0;
  },
  { properties: RETENTION },
);
