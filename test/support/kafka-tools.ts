import type { ConsoleRecord } from '../../scripts/kafka/console-record.mjs';
import { consoleRead, pairs, runKafkaTool, runTool, toolError } from '../../scripts/kafka/tools.mjs';

export { runKafkaTool };

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

/** Reads a topic with the Java console consumer of the cluster's own jars: keys, headers and values byte by byte. */
export async function consoleConsume(
  bootstrapServers: string,
  topic: string,
  options: ConsoleConsumeOptions = {},
): Promise<ConsoleRecord[]> {
  const idleMs = options.idleMs ?? (options.count === undefined ? 3000 : 30_000);
  const args = options.count === undefined ? [] : ['--max-messages', String(options.count)];
  if (options.partition === undefined) args.push('--from-beginning');
  else args.push('--partition', String(options.partition), '--offset', String(options.offset ?? 'earliest'));
  const records: ConsoleRecord[] = [];
  await consoleRead(
    bootstrapServers,
    { topic, idleMs, args, properties: options.properties ?? {} },
    (record) => {
      records.push(record);
      return false;
    },
  );
  return records;
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
