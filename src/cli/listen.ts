/** `listen`: the commands that come from Kafka, without taking them from the gateway. */
import { randomBytes } from 'node:crypto';
import type { Command } from '../api/commands.js';
import type { RecordPlace } from '../api/events.js';
import { DOWNLINK_SLOTS } from '../api/kinds.js';
import type { KafkaNorthward } from '../api/northward.js';
import { createKafkaNorthward } from '../create.js';
import type { ResolvedConfig } from '../config/resolved-config.js';
import { forReading, type Reading } from './beside.js';
import { EXIT, type CliCommand, type ExitCode, type Invocation } from './command.js';
import { DEFAULT_TIMEOUT_S, whileConnected } from './connected.js';
import { goodUnlessStrict, loadConfig } from './load-config.js';
import type { Output } from './output.js';
import { plainBytes, plainData } from './plain-command.js';

export const listen: CliCommand = {
  name: 'listen',
  about: 'Prints the commands that come from Kafka, one JSON object a line. They still reach the gateway.',
  takes: '<config.json>',
  least: 1,
  most: 1,
  options: {
    'from-beginning': { help: 'begins at the oldest record, not at what comes next' },
    count: { value: 'N', help: 'ends after so many commands' },
    group: { value: 'NAME', help: 'TAKES PART in this consumer group: see above' },
    timeout: {
      value: 'N',
      help: `seconds to wait for a broker at the start (default: ${DEFAULT_TIMEOUT_S})`,
    },
  },
  more: [
    'It reads in a group of its own with a random name (ng-kafka-northward-cli-…), which never commits; nothing is answered.',
    'With --group it is a member of that group: what it prints counts as done and is committed, the other members do not get',
    'it, and what cannot be decoded goes to the dead letters that the configuration has. Ctrl-C ends it.',
  ].join('\n'),
  examples: [
    { line: 'listen northward.json', about: 'what the platform sends from now on' },
    {
      line: 'listen northward.json --from-beginning --count 1',
      about: 'the oldest command that is still in the topics',
    },
  ],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const { arguments: given, output } = invocation;
  const loaded = await loadConfig(invocation);
  const topics = topicsOf(loaded.config);
  if (topics.length === 0) {
    output.note('The configuration has no downlink route that is enabled: there is nothing to listen to.');
    return EXIT.wrong;
  }
  const group = given.text('group');
  const reading: Reading = {
    groupId: group ?? `ng-kafka-northward-cli-${randomBytes(6).toString('hex')}`,
    takesPart: group !== undefined,
    autoOffsetReset: given.flag('from-beginning') ? 'earliest' : 'latest',
  };
  const northward = createKafkaNorthward(forReading(loaded, reading), loaded.options);
  tellWhatIsNone(output, northward);
  await whileConnected(invocation, northward, loaded, () => print(invocation, northward, reading, topics));
  return goodUnlessStrict(invocation, loaded.warnings);
}

function topicsOf({ downlink }: ResolvedConfig): string[] {
  const enabled = DOWNLINK_SLOTS.filter((slot) => downlink.enabled && downlink[slot].enabled);
  return [...new Set(enabled.map((slot) => downlink[slot].topic))];
}

async function print(
  { arguments: given, output, stopping }: Invocation,
  northward: KafkaNorthward,
  { groupId, takesPart }: Reading,
  topics: readonly string[],
): Promise<void> {
  const named = topics.map((topic) => output.safe(topic)).join(', ');
  const role = takesPart ? 'as a member of group' : 'as group';
  output.note(`Listening to ${named} ${role} ${output.safe(groupId)}; Ctrl-C ends it.`);
  const most = given.count('count') ?? Infinity;
  let printed = 0;
  for await (const command of northward.commands({ signal: stopping, manualAck: true })) {
    output.document(plainCommand(command));
    await output.drained();
    // Where nobody reads any more, it goes to somebody else.
    if (output.closed.aborted) break;
    await command.ack();
    printed += 1;
    if (printed >= most) break;
  }
}

function plainCommand({ kind, data, meta }: Command): Record<string, unknown> {
  const { topic, partition, offset, key, headers, timestampMs, attempt } = meta;
  return {
    kind,
    data: plainData(data),
    topic,
    partition,
    offset,
    key: plainBytes(key),
    headers: headers.map(([name, value]) => [name, plainBytes(value)]),
    timestampMs,
    attempt,
  };
}

/** Records that are no command, on standard error. */
function tellWhatIsNone(output: Output, northward: KafkaNorthward): void {
  const place = ({ topic, partition, offset }: RecordPlace): string =>
    `${output.safe(topic)}, partition ${partition}, offset ${offset}`;
  northward
    .on('command-ignored', (record) => {
      output.note(`ignored  ${place(record)}: no route takes it`);
    })
    .on('decode-error', ({ record, error }) => {
      output.note(
        `${output.paint('red', 'error')}    ${place(record)}: ${error.code}: ${output.safe(error.message)}`,
      );
    })
    .on('command-expired', ({ meta }) => {
      output.note(`expired  ${place(meta)}: it came after its timeout_ms`);
    });
}
