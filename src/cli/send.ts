/** `send`: events by hand, as the gateway would publish them, with their receipts. Its store is not used. */
import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { NorthwardError, PublishError } from '../api/errors.js';
import type { KafkaNorthward } from '../api/northward.js';
import { reasonOf } from '../api/reason.js';
import type { Receipt, UplinkEvent } from '../api/uplink.js';
import { kindOf } from '../config/describe.js';
import { isObject } from '../config/schema/schema-node.js';
import { createKafkaNorthward } from '../create.js';
import { parseExactJson } from '../language/json/exact-json.js';
import { forSending } from './beside.js';
import { EXIT, UsageError, type CliCommand, type ExitCode, type Invocation } from './command.js';
import { DEFAULT_TIMEOUT_S, whileConnected } from './connected.js';
import { counted } from './counted.js';
import { linesOf, type Line } from './lines.js';
import { goodUnlessStrict, loadConfig } from './load-config.js';
import type { Output } from './output.js';

/** So many events may wait for their receipts. */
const MOST_OPEN = 1_000;

export const send: CliCommand = {
  name: 'send',
  about: 'Publishes events, one JSON object a line, and prints their receipts.',
  takes: '<config.json> [events.ndjson|-]',
  least: 1,
  most: 2,
  options: {
    timeout: {
      value: 'N',
      help: `seconds to wait for a broker at the start (default: ${DEFAULT_TIMEOUT_S})`,
    },
  },
  more: [
    'Events are as publish() takes them: {"kind": "telemetry", "deviceId": 1001, …}, times as Unix milliseconds. Without a',
    'file they come from standard input. They go where the configuration says, with its keys and headers; its store on disk',
    'is left alone. Exit code 1 when one of them was refused or got no receipt.',
  ].join('\n'),
  examples: [
    {
      line: `send northward.json <<< '{"kind":"telemetry","deviceId":1001,"deviceName":"pump-1","values":{"temp":25}}'`,
      about: 'one value',
    },
    { line: 'send northward.json events.ndjson --json', about: 'a file of events; the receipts as JSON' },
  ],
  run,
};

/** What became of a line. */
interface Sent {
  readonly line: number;
  readonly kind: string | undefined;
  readonly result: Receipt | NorthwardError;
}

async function run(invocation: Invocation): Promise<ExitCode> {
  const { arguments: given, output, stopping, world } = invocation;
  const [, from = '-'] = given.positionals;
  const loaded = await loadConfig(invocation);
  if (from !== '-') await assertReadable(from);
  const northward = createKafkaNorthward(forSending(loaded), loaded.options);
  const counts = new Map<string, number>();
  await whileConnected(invocation, northward, loaded, async () => {
    const [stream, name]: [Readable, string] =
      from === '-' ? [world.stdin, 'standard input'] : [createReadStream(from), from];
    await sendAll(linesOf(stream, name, stopping), northward, (sent) => {
      const { status } = plainResult(sent.result);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      show(output, sent);
      return output.drained();
    });
  });
  if (!output.json) output.note(summary(counts));
  return counts.has('failed') ? EXIT.wrong : goodUnlessStrict(invocation, loaded.warnings);
}

/** Before anybody is connected to. @throws UsageError */
async function assertReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${reasonOf(cause)}`);
  }
}

/** Results are told in the order of the lines, each as soon as those before it are there. */
async function sendAll(
  lines: AsyncIterable<Line>,
  northward: KafkaNorthward,
  tell: (sent: Sent) => Promise<void>,
): Promise<void> {
  const open: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();
  for await (const line of lines) {
    const sending = sendOne(line, northward);
    const before = last;
    last = (async () => {
      const sent = await sending;
      await before;
      await tell(sent);
    })();
    open.push(last);
    if (open.length > MOST_OPEN) await open.shift();
  }
  await last;
}

async function sendOne({ number, bytes }: Line, northward: KafkaNorthward): Promise<Sent> {
  let event: unknown;
  try {
    event = parseExactJson(bytes);
  } catch (cause) {
    return refused(number, `no JSON: ${reasonOf(cause)}`, cause);
  }
  if (!isObject(event)) return refused(number, `no JSON object; found ${kindOf(event)}`);
  const { kind } = event;
  const sent = { line: number, kind: typeof kind === 'string' ? kind : undefined };
  try {
    return { ...sent, result: await northward.publish(event as unknown as UplinkEvent) };
  } catch (error) {
    if (!(error instanceof NorthwardError)) throw error;
    return { ...sent, result: error };
  }
}

function refused(line: number, what: string, cause?: unknown): Sent {
  const hint = 'Each line has to be one whole JSON object.';
  const result = new PublishError('EVENT_INVALID', `line ${line} is ${what}`, { hint, cause });
  return { line, kind: undefined, result };
}

function plainResult(
  result: Receipt | NorthwardError,
): { readonly status: string } & Readonly<Record<string, unknown>> {
  return result instanceof NorthwardError ? { status: 'failed', error: result.toJSON() } : { ...result };
}

function show(output: Output, { line, kind, result }: Sent): void {
  if (output.json) output.document({ line, kind, ...plainResult(result) });
  else output.line(`line ${line}: ${resultText(output, kind ?? 'event', result)}`);
}

function resultText(output: Output, kind: string, result: Receipt | NorthwardError): string {
  const safe = (text: string): string => output.safe(text);
  if (result instanceof NorthwardError) {
    const head = `${output.paint('red', 'failed')}, ${result.code}: ${safe(result.message)}`;
    return `${head}\n  ${safe(result.hint)}`;
  }
  if (result.status === 'skipped')
    return `${safe(kind)} ${output.paint('yellow', 'skipped')}, nothing was sent (${result.reason})`;
  if (result.status !== 'delivered') return `${safe(kind)} ${output.paint('yellow', result.status)}`;
  const place = `${safe(result.topic)}, partition ${result.partition}, offset ${result.offset ?? 'not told'}`;
  return `${safe(kind)} ${output.paint('green', 'delivered')} to ${place}`;
}

function summary(counts: ReadonlyMap<string, number>): string {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  return `${counted(all, 'event')}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}
