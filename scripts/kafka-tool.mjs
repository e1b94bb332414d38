// @ts-check
// npm run kafka:tool -- console-consumer --bootstrap-server …: Kafka's own tools, from the jars that the tests use.
import { spawn } from 'node:child_process';
import { readPassedOn } from './lib/command-line.mjs';
import { SetupError } from './lib/report.mjs';
import { javaCommand, javaError, kafkaJavaArgs, toolJvmArgs } from './kafka/jars.mjs';

/** Name of the script in Kafka's bin folder, without `kafka-` and `.sh` → its class. */
const TOOLS = new Map([
  ['acls', 'org.apache.kafka.tools.AclCommand'],
  ['configs', 'kafka.admin.ConfigCommand'],
  ['console-consumer', 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
  ['console-producer', 'org.apache.kafka.tools.ConsoleProducer'],
  ['consumer-groups', 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'],
  ['get-offsets', 'org.apache.kafka.tools.GetOffsetShell'],
  ['topics', 'org.apache.kafka.tools.TopicCommand'],
]);

const {
  args: [name = '', ...args],
  refuse,
} = readPassedOn({
  command: 'npm run kafka:tool',
  about: "Runs one of Kafka's own tools, from the jars that the tests use, with the arguments that it takes.",
  options: {},
  positionals: 'TOOL',
  more: `TOOL is one of:\n  ${[...TOOLS.keys()].join('\n  ')}\n"npm run kafka:tool -- TOOL --help" lists the options of a tool.`,
});
const mainClass = TOOLS.get(name);
if (mainClass === undefined) refuse(name === '' ? 'a tool is missing' : `there is no tool "${name}"`);
else run(mainClass);

/** @param {string} main */
function run(main) {
  try {
    const tool = spawn(javaCommand(), kafkaJavaArgs(main, args, toolJvmArgs), { stdio: 'inherit' });
    // Ctrl-C goes to the tool as well: its end is ours.
    process.on('SIGINT', () => undefined);
    tool.once('error', (error) => failed(javaError(error)));
    tool.once('exit', (code) => {
      process.exitCode = code ?? 1;
    });
  } catch (error) {
    failed(error);
  }
}

/** @param {unknown} error */
function failed(error) {
  const toDo = error instanceof SetupError ? `. ${error.byHand}` : '';
  console.error(`kafka:tool: ${error instanceof Error ? error.message : String(error)}${toDo}`);
  process.exitCode = 1;
}
