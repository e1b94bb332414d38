// @ts-check
/** Kafka's own tools in Java, run from the jars that the tests use. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { FORMATTER_PROPERTIES, parseConsoleRecord } from './console-record.mjs';
import { javaCommand, kafkaJavaArgs, toolJvmArgs } from './jars.mjs';

const CONSOLE_CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';

/** All that run, so that none outlives this process. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * @typedef {object} ConsoleRead What the console consumer reads, and when it ends
 * @property {string} topic
 * @property {number} idleMs It ends when nothing came for so long
 * @property {readonly string[]} [args] More of its arguments. Default `--from-beginning`
 * @property {Readonly<Record<string, string>>} [properties] Of the consumer
 */

/**
 * Reads a topic with the Java console consumer: keys, headers and values byte by byte, one record after another.
 * @param {string} bootstrapServers
 * @param {ConsoleRead} read
 * @param {(record: import('./console-record.mjs').ConsoleRecord) => boolean} take Returns whether it is enough
 */
export async function consoleRead(bootstrapServers, read, take) {
  const { topic } = read;
  const args = [...readArgs(bootstrapServers, read), ...pairs('--formatter-property', FORMATTER_PROPERTIES)];
  const child = startTool(CONSOLE_CONSUMER, args);
  child.stdin.end();
  let enough = false;
  /** @type {unknown} */
  let fault;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (line === '' || enough) return;
    try {
      enough = take(parseConsoleRecord(topic, line));
    } catch (error) {
      fault = error;
      enough = true;
    }
    if (enough) child.kill('SIGKILL');
  });
  const closedLines = new Promise((resolve) => lines.once('close', resolve));
  const [stderr, code] = await Promise.all([text(child.stderr), ended(child), closedLines]);
  if (fault !== undefined) throw fault;
  if (!enough) mustHaveRunOut(stderr, code);
}

/**
 * What the console consumer prints with a formatter of Kafka's, whole.
 * @param {string} bootstrapServers
 * @param {ConsoleRead} read
 * @param {string} formatter Its class
 */
export async function consoleFormatted(bootstrapServers, read, formatter) {
  const args = [...readArgs(bootstrapServers, read), '--formatter', formatter];
  const { stdout, stderr, code } = await runTool(CONSOLE_CONSUMER, args);
  mustHaveRunOut(stderr, code);
  return stdout;
}

/** @param {string} bootstrapServers @param {ConsoleRead} read */
function readArgs(bootstrapServers, { topic, idleMs, args = ['--from-beginning'], properties = {} }) {
  const always = ['--bootstrap-server', bootstrapServers, '--topic', topic, '--timeout-ms', String(idleMs)];
  return [...always, ...args, ...pairs('--command-property', properties)];
}

/** Running out of records is how a read ends; anything else is a failure. @param {string} stderr @param {number | null} code */
function mustHaveRunOut(stderr, code) {
  if (code !== 0 && !stderr.includes('TimeoutException')) throw toolError('ConsoleConsumer', code, stderr);
}

/**
 * A flag for each of these properties.
 * @param {string} flag
 * @param {Readonly<Record<string, string>>} properties
 */
export function pairs(flag, properties) {
  return Object.entries(properties).flatMap(([key, value]) => [flag, `${key}=${value}`]);
}

/**
 * @param {string} mainClass
 * @param {readonly string[]} args
 * @param {string} [input] For its standard input
 */
export async function runTool(mainClass, args, input = '') {
  const child = startTool(mainClass, args);
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  return { stdout, stderr, code };
}

/**
 * Runs any tool, for example `kafka.admin.ConfigCommand`; throws unless it exits with 0.
 * @param {string} mainClass
 * @param {readonly string[]} args
 */
export async function runKafkaTool(mainClass, args) {
  const { stdout, stderr, code } = await runTool(mainClass, args);
  if (code !== 0) throw toolError(mainClass, code, `${stdout}\n${stderr}`);
  return stdout;
}

/**
 * @param {string} tool
 * @param {number | null} code
 * @param {string} output
 */
export function toolError(tool, code, output) {
  return new Error(`${tool} exited with ${code}:\n${output.trim().split('\n').slice(-10).join('\n')}`);
}

/** @param {string} mainClass @param {readonly string[]} args */
function startTool(mainClass, args) {
  const child = spawn(javaCommand(), kafkaJavaArgs(mainClass, args, toolJvmArgs));
  running.add(child);
  // A tool that ends before it has read everything says why on stderr; the broken pipe adds nothing.
  child.stdin.on('error', () => undefined);
  return child;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number | null>}
 */
function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => running.delete(child));
}
