/** `preview`: what would be sent for events, and what a record would become. Nothing is sent, no broker is asked. */
import { NorthwardError } from '../api/errors.js';
import type { DownlinkPreview, DownlinkRecord } from '../api/commands.js';
import { UPLINK_KINDS } from '../api/kinds.js';
import type { KafkaNorthward } from '../api/northward.js';
import type { RecordPreview, UplinkEvent, UplinkPreview } from '../api/uplink.js';
import { createKafkaNorthward } from '../create.js';
import { indentedJson } from '../config/jsonc.js';
import { EXIT, UsageError, type CliCommand, type ExitCode, type Invocation } from './command.js';
import { escapedLines, jsonText } from './escape.js';
import { goodUnlessStrict, loadConfig } from './load-config.js';
import type { Output } from './output.js';
import { readJsonFile } from './read-input.js';
import { plainData } from './plain-command.js';
import { toRecord } from './record-file.js';
import { samplePoint, sampleOf } from './samples.js';

export const preview: CliCommand = {
  name: 'preview',
  about: 'What the mappings would send, and what a record would become. Needs no broker, and sends nothing.',
  takes: '<config.json> [event.json]',
  least: 1,
  most: 2,
  options: {
    downlink: { value: 'record.json', help: 'what would become of this record, instead' },
  },
  more: [
    'event.json holds an event as publish() takes it, {"kind": "telemetry", "deviceId": 1001, …}, or a list of them; times are',
    'Unix milliseconds. Without it each enabled mapping gets a sample of its own. record.json holds {"topic", "value", "key"?,',
    '"headers"?, "timestampMs"?}: key and value are texts, or JSON; headers are {"name": "text"}.',
  ].join('\n'),
  examples: [
    { line: 'preview northward.json', about: 'a sample of each enabled kind' },
    {
      line: 'preview northward.json event.json --json',
      about: 'for a test: topic, key, headers and value as JSON',
    },
    {
      line: 'preview northward.json --downlink record.json',
      about: 'which route takes a record, and what it makes of it',
    },
  ],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const { arguments: given, output, stopping } = invocation;
  const [, file] = given.positionals;
  const record = given.text('downlink');
  if (file !== undefined && record !== undefined) {
    throw new UsageError('expected event.json, or --downlink with a record; found both');
  }
  const { document, options, warnings } = await loadConfig(invocation);
  const northward = createKafkaNorthward(document, { ...options, pointMeta: samplePoint });
  let good: boolean;
  if (record !== undefined)
    good = showRecord(output, northward, toRecord(await readJsonFile(record, stopping), record));
  else {
    const previews =
      file === undefined
        ? samplesOf(northward)
        : (await readEvents(file, stopping)).map((event) => of(northward, event));
    if (previews.length === 0) output.note('No mapping is enabled: nothing would be sent.');
    for (const each of previews) showEvent(output, each);
    good = previews.every(({ result }) => !(result instanceof NorthwardError));
  }
  return good ? goodUnlessStrict(invocation, warnings) : EXIT.wrong;
}

/** What became of an event. */
interface Previewed {
  readonly kind: string;
  readonly result: UplinkPreview | NorthwardError;
}

function of(northward: KafkaNorthward, event: UplinkEvent): Previewed {
  const given: unknown = (event as Partial<UplinkEvent> | null)?.kind;
  const kind = typeof given === 'string' ? given : 'event';
  try {
    return { kind, result: northward.previewUplink(event) };
  } catch (error) {
    if (!(error instanceof NorthwardError)) throw error;
    return { kind, result: error };
  }
}

/** One of each kind that is not switched off. */
function samplesOf(northward: KafkaNorthward): Previewed[] {
  return UPLINK_KINDS.map((kind) => of(northward, sampleOf(kind))).filter(
    ({ result }) => result instanceof NorthwardError || result.status !== 'skipped',
  );
}

async function readEvents(file: string, stopping: AbortSignal): Promise<UplinkEvent[]> {
  const json = await readJsonFile(file, stopping);
  // What they are is checked where they are used.
  return (Array.isArray(json) ? json : [json]) as UplinkEvent[];
}

function showEvent(output: Output, { kind, result }: Previewed): void {
  if (output.json) output.document({ kind, ...plainResult(result) });
  else if (result instanceof NorthwardError) showRefusal(output, kind, result);
  else if (result.status === 'skipped') {
    output.line(`${output.paint('bold', output.safe(kind))}: nothing is sent (${result.reason})`);
  } else showRecordOf(output, kind, result);
}

function plainResult(result: UplinkPreview | NorthwardError): Record<string, unknown> {
  if (result instanceof NorthwardError) return { status: 'refused', error: result.toJSON() };
  if (result.status === 'skipped') return { ...result };
  const { key, value, ...rest } = result;
  return { ...rest, key: key?.toString() ?? null, bytes: value.length, value: value.toString() };
}

function showRefusal(output: Output, what: string, error: NorthwardError): void {
  output.line(`${output.paint('bold', output.safe(what))}: ${output.paint('red', error.code)}`);
  output.line(`  ${output.safe(error.message)}`);
  output.line(`  ${output.safe(error.hint)}`);
}

function showRecordOf(output: Output, kind: string, record: RecordPreview): void {
  const { topic, renderedTopic, key, headers, timestampMs, value } = record;
  const safe = (text: string): string => output.safe(text);
  const changed =
    renderedTopic === topic ? '' : ` (rendered as "${safe(renderedTopic)}", which Kafka does not allow)`;
  output.line(output.paint('bold', kind));
  output.line(`  topic      ${safe(topic)}${changed}`);
  output.line(`  key        ${key === null ? 'none' : safe(key.toString())}`);
  output.line(`  timestamp  ${new Date(timestampMs).toISOString()}`);
  const lines = Object.entries(headers).map(([name, text]) => `${safe(name)}: ${safe(text)}`);
  output.line(`  headers    ${lines.length === 0 ? 'none' : lines.join('\n             ')}`);
  output.line(`  value      ${value.length} bytes`);
  output.line(escapedLines(indentedJson(value.toString())).replaceAll(/^/gm, '    '));
  output.line();
}

/** @returns false: it cannot be decoded */
function showRecord(output: Output, northward: KafkaNorthward, record: DownlinkRecord): boolean {
  const result = northward.previewDownlink(record);
  const { topic } = record;
  if (output.json) {
    output.document(plainPreview(result));
    return result.outcome !== 'error';
  }
  if (result.outcome === 'error') showRefusal(output, topic, result.error);
  else if (result.outcome === 'ignored') {
    output.line(`${output.paint('bold', output.safe(topic))}: ignored, no route takes this record`);
  } else {
    output.line(`${output.paint('bold', result.kind)}`);
    output.line(indentedJson(jsonText(plainData(result.data))).replaceAll(/^/gm, '  '));
  }
  return result.outcome !== 'error';
}

function plainPreview(result: DownlinkPreview): Record<string, unknown> {
  if (result.outcome === 'event') return { ...result, data: plainData(result.data) };
  return result.outcome === 'error' ? { outcome: 'error', error: result.error.toJSON() } : { ...result };
}
