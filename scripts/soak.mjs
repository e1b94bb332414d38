// @ts-check
// npm run soak: hours of a gateway with an outage in it. Does it hold more at the end than at the beginning, and did everything arrive?
import { writeFile } from 'node:fs/promises';
import { readCommandLine } from './lib/command-line.mjs';
import { report } from './lib/report.mjs';
import { isNodeVersion } from './nodes/binary.mjs';
import { hostPlace } from './soak/node.mjs';
import { pictureOf } from './soak/picture.mjs';
import { runSoak } from './soak/run.mjs';
import { readSaved } from './soak/saved.mjs';
import { judgeSoak, soakText } from './soak/verdict.mjs';
import { onStage } from './store/stage.mjs';

const { values, refuse } = readCommandLine({
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
    node: {
      type: 'string',
      value: 'VERSION',
      help: 'Node of the gateway, as 22.23.3, from npm (default: this one)',
    },
    rate: { type: 'string', value: 'N', default: '2000', help: 'messages a second' },
    commands: { type: 'string', value: 'N', default: '20', help: 'commands a second' },
    out: { type: 'string', value: 'FILE.json', place: 'write', help: 'write all samples and counts there' },
    from: {
      type: 'string',
      value: 'FILE.json',
      place: 'read',
      help: 'judge and draw such a file again, without a run',
    },
    svg: { type: 'string', value: 'FILE.svg', place: 'write', help: 'draw the samples there' },
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
if (plan.outageSeconds >= seconds) refuse('--outage has to be less than --minutes');
if (values.node !== undefined && !isNodeVersion(values.node)) {
  refuse(`--node takes a version as 22.23.3; found "${values.node}"`);
}
if (process.platform !== 'linux')
  refuse('it counts threads and file descriptors as Linux tells them; this is another system');

if (values.from !== undefined) {
  if (values.out !== undefined) refuse('--from takes --svg only');
  const saved = await readSaved(values.from).catch((error) => refuse(`--from: ${error.message}`));
  process.exit((await tell(saved)) ? 0 : 1);
}
await onStage(
  'soak',
  async ({ cluster, folder }) => {
    const place = await hostPlace(values.node ?? process.versions.node, folder);
    const result = await runSoak({ cluster, folder, place, plan, say: report });
    // First of all: an hour should not be lost to a fault in what follows.
    if (values.out !== undefined) await writeFile(values.out, JSON.stringify(result));
    return tell(result);
  },
  { properties: RETENTION },
);

/**
 * Prints and draws it.
 * @param {import('./soak/run.mjs').SoakResult} result
 * @returns {Promise<boolean>} Whether there is no problem
 */
async function tell(result) {
  const verdict = judgeSoak(result);
  console.log(soakText(result, verdict));
  if (values.svg !== undefined) await writeFile(values.svg, pictureOf(result));
  return verdict.problems.length === 0;
}
