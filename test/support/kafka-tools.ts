import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { javaCommand, kafkaJavaArgs, toolJvmArgs } from '../../scripts/kafka/jars.mjs';
import { parseConsoleRecord, FORMATTER_PROPERTIES } from './console-record.js';
import type { ConsoleRecord } from './console-record.js';

/** What the console consumer reads and when it stops. */
export interface ConsoleConsumeOptions {
  /** Stop after so many records; without it, when nothing came for `idleMs`. */
  readonly count?: number;
  /** Give up when nothing came for so long. Default 30,000 ms with `count`, 3,000 ms without. */
  readonly idleMs?: number;
  /** One partition only. */
  readonly partition?: number;
  /** Where to begin. Default the beginning. With an offset, `partition` is needed. */
  readonly offset?: number;
  /** Consumer properties, for example `isolation.level`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** A record for the console producer: text only, no tabs, commas, colons or line ends in it. */
export interface ConsoleProduceRecord {
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value: string | null;
}

/** A batch as it lies in a partition's log. */
export interface LoggedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly count: number;
  /** `none`, `gzip`, `snappy`, `lz4` or `zstd`. */
  readonly codec: string;
  /** -1 when the producer was not idempotent. */
  readonly producerId: number;
  readonly isTransactional: boolean;
}

/** Reads a topic with the Java console consumer of the cluster's own jars: keys, headers and values byte by byte. */
export async function consoleConsume(
  bootstrapServers: string,
  topic: string,
  options: ConsoleConsumeOptions = {},
): Promise<ConsoleRecord[]> {
  const idleMs = options.idleMs ?? (options.count === undefined ? 3000 : 30_000);
  const args = ['--bootstrap-server', bootstrapServers, '--topic', topic, '--timeout-ms', String(idleMs)];
  if (options.count !== undefined) args.push('--max-messages', String(options.count));
  if (options.partition === undefined) args.push('--from-beginning');
  else args.push('--partition', String(options.partition), '--offset', String(options.offset ?? 'earliest'));
  args.push(...pairs('--command-property', options.properties ?? {}));
  args.push(...pairs('--formatter-property', FORMATTER_PROPERTIES));
  const { stdout, stderr, code } = await runTool('org.apache.kafka.tools.consumer.ConsoleConsumer', args);
  // Running out of records is how a read without `count` ends; anything else is a failure.
  if (code !== 0 && !stderr.includes('TimeoutException')) throw toolError('ConsoleConsumer', code, stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseConsoleRecord(topic, line));
}

/** Produces with the Java console producer of the cluster's own jars (acks all, no compression). */
export async function consoleProduce(
  bootstrapServers: string,
  topic: string,
  records: readonly ConsoleProduceRecord[],
  properties: Readonly<Record<string, string>> = {},
): Promise<void> {
  const nullMarker = '(null)';
  const args = ['--bootstrap-server', bootstrapServers, '--topic', topic, '--sync'];
  args.push(...pairs('--command-property', properties));
  args.push(
    ...pairs('--reader-property', {
      'parse.key': 'true',
      'parse.headers': 'true',
      'null.marker': nullMarker,
    }),
  );
  const lines = records.map(({ key, headers, value }) => {
    const pairsOfHeaders = Object.entries(headers ?? {}).map(([name, text]) => `${name}:${text}`);
    const headerField = pairsOfHeaders.length === 0 ? nullMarker : pairsOfHeaders.join(',');
    return `${headerField}\t${key ?? nullMarker}\t${value ?? nullMarker}\n`;
  });
  const { stderr, code } = await runTool('org.apache.kafka.tools.ConsoleProducer', args, lines.join(''));
  // It exits with 0 even when a record was refused: only its log says so.
  if (code !== 0 || / ERROR /.test(stderr)) throw toolError('ConsoleProducer', code, stderr);
}

/** The batches of one partition as they lie in a node's data folder. */
export async function dumpLog(dataFolder: string, topic: string, partition: number): Promise<LoggedBatch[]> {
  const folder = path.join(dataFolder, `${topic}-${partition}`);
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  const files = segments.map((name) => path.join(folder, name)).join(',');
  const { stdout, stderr, code } = await runTool('org.apache.kafka.tools.DumpLogSegments', [
    '--files',
    files,
  ]);
  if (code !== 0) throw toolError('DumpLogSegments', code, stderr);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('baseOffset:'))
    .map(parseBatch);
}

/** Runs any other tool of Kafka's jars, for example `kafka.admin.ConfigCommand`; throws unless it exits with 0. */
export async function runKafkaTool(mainClass: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await runTool(mainClass, args);
  if (code !== 0) throw toolError(mainClass, code, `${stdout}\n${stderr}`);
  return stdout;
}

function parseBatch(line: string): LoggedBatch {
  const fields = new Map([...line.matchAll(/(\w+): (\S+)/g)].map((match) => [match[1], match[2]]));
  return {
    baseOffset: Number(fields.get('baseOffset')),
    lastOffset: Number(fields.get('lastOffset')),
    count: Number(fields.get('count')),
    codec: fields.get('compresscodec') ?? '?',
    producerId: Number(fields.get('producerId')),
    isTransactional: fields.get('isTransactional') === 'true',
  };
}

function pairs(flag: string, properties: Readonly<Record<string, string>>): string[] {
  return Object.entries(properties).flatMap(([key, value]) => [flag, `${key}=${value}`]);
}

async function runTool(
  mainClass: string,
  args: readonly string[],
  input = '',
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const child = spawn(javaCommand(), kafkaJavaArgs(mainClass, args, toolJvmArgs));
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A tool that ends before it has read everything says why on stderr; the broken pipe adds nothing.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { stdout, stderr, code };
}

function toolError(tool: string, code: number | null, output: string): Error {
  return new Error(`${tool} exited with ${code}:\n${output.trim().split('\n').slice(-10).join('\n')}`);
}
