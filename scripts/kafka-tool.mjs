// @ts-check
// npm run kafka:tool -- console-consumer --bootstrap-server …: Kafka's own tools, from the jars that the tests use.
import { spawn } from 'node:child_process';
import { javaCommand, kafkaJavaArgs, toolJvmArgs } from './kafka/jars.mjs';

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

const [name = '', ...args] = process.argv.slice(2);
const mainClass = TOOLS.get(name);
if (mainClass === undefined) {
  console.error(`kafka:tool: expected one of ${[...TOOLS.keys()].join(', ')}; found "${name}"`);
  process.exit(2);
}
try {
  const tool = spawn(javaCommand(), kafkaJavaArgs(mainClass, args, toolJvmArgs), { stdio: 'inherit' });
  // Ctrl-C goes to the tool as well: its end is ours.
  process.on('SIGINT', () => undefined);
  tool.once('error', (error) => {
    console.error(`kafka:tool: ${error.message}`);
    process.exitCode = 1;
  });
  tool.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} catch (error) {
  console.error(`kafka:tool: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
