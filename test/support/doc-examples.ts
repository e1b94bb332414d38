import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format } from 'node:util';
import { format as prettify } from 'prettier';
import { vi } from 'vitest';
import { asConfig, createKafkaNorthward } from '../../src/index.js';
import type {
  DownlinkPreview,
  KafkaNorthward,
  PointMeta,
  RecordPreview,
  UplinkEvent,
  UplinkKind,
} from '../../src/index.js';
import { EVERY_KIND, configurationOf } from './doc-configurations.js';
import { blocksOf, jsonBlock, root } from './doc-pages.js';
import type { Block } from './doc-pages.js';

/** The point metadata of the examples. */
const POINTS: Readonly<Record<string, PointMeta>> = {
  1: { pointKey: 'temp', dataType: 'float64', channelName: 'modbus-1' },
  2: { pointKey: 'running', dataType: 'boolean', channelName: 'modbus-1' },
};

const KIND_OF_CALL: Readonly<Record<string, UplinkKind>> = {
  publishTelemetry: 'telemetry',
  publishAttributes: 'attributes',
  publishOnline: 'device_connected',
  publishOffline: 'device_disconnected',
  publishAlarm: 'alarm',
  publishRpcResponse: 'rpc_response',
  publishWritePointResponse: 'write_point_response',
};

/** What the blocks of a page so far have set. */
interface State {
  config: unknown;
  event: UplinkEvent | null;
  record: DownlinkPreview | null;
  /** What the last program printed. */
  printed: string;
  /** The message of what was refused last. */
  refusal: () => string;
}

/** The page, with what its examples really give in the blocks that show it. */
export async function withRealOutput(page: string, text: string): Promise<string> {
  const state: State = {
    config: EVERY_KIND,
    event: null,
    record: null,
    printed: '',
    refusal: () => '',
  };
  let out = '';
  let copied = 0;
  for (const block of blocksOf(page, text)) {
    const shown = await shownBy(block, state);
    if (shown === null) continue;
    out += text.slice(copied, block.start) + shown;
    copied = block.start + block.code.length;
  }
  return out + text.slice(copied);
}

/** The right code of a block that shows output; of any other block null, after doing what it says. */
async function shownBy(block: Block, state: State): Promise<string | null> {
  const [word, kind = ''] = block.marker.split(' ');
  if (block.language === 'json' && word === 'view') return sameJson(block.code, await viewOf(kind));
  switch (`${block.language} ${block.marker}`) {
    case 'text value':
      return `${recordOf(state).value.toString()}\n`;
    case 'json value':
      return sameJson(block.code, JSON.parse(recordOf(state).value.toString()));
    case 'text topic':
      return `${recordOf(state).topic}\n`;
    case 'text error':
      return `${state.refusal()}\n`;
    case 'text output':
      return state.printed;
    case 'json command':
      return sameJson(block.code, plainOutcome(state.record));
    default:
      await take(block, state);
      return null;
  }
}

async function take(block: Block, state: State): Promise<void> {
  const { language, marker, code } = block;
  if (language === 'ts' && marker === 'publish') {
    state.event = await publishedBy(block);
    state.refusal = () => messageOf(() => recordOf(state));
  }
  if (language === 'ts' && marker === 'run') state.printed = await outputOf(block);
  if (language !== 'json') return;
  if (marker === 'record') {
    state.record = northwardOf(state.config).previewDownlink(toRecord(JSON.parse(code)));
    return;
  }
  const config = configurationOf(block);
  if (config === null) return;
  state.config = config;
  if (marker === 'refused') state.refusal = () => messageOf(() => northwardOf(config));
}

const northwardOf = (config: unknown): KafkaNorthward =>
  createKafkaNorthward(asConfig(config), { pointMeta: (id) => POINTS[id] });

function recordOf({ config, event }: State): RecordPreview {
  if (event === null) throw new Error('no "ts publish" block before this one');
  return previewOf(config, event);
}

/** What would be sent. Throws where nothing would. */
export function previewOf(config: unknown, event: UplinkEvent): RecordPreview {
  const preview = northwardOf(config).previewUplink(event);
  if (preview.status !== 'record') throw new Error(`the event is not sent: ${preview.reason}`);
  return preview;
}

function messageOf(act: () => unknown): string {
  try {
    act();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One event of each kind: those of docs/uplink.md. */
export async function eventsByKind(): Promise<ReadonlyMap<string, UplinkEvent>> {
  const page = await readFile(path.join(root, 'docs/uplink.md'), 'utf8');
  const blocks = blocksOf('docs/uplink.md', page).filter(({ marker }) => marker === 'publish');
  const events = await Promise.all(blocks.map(publishedBy));
  return new Map(events.map((event) => [event.kind, event]));
}

/** What the expressions of mapped_json look at. */
async function viewOf(kind: string): Promise<unknown> {
  const event = (await eventsByKind()).get(kind);
  if (event === undefined) throw new Error(`docs/uplink.md has no event of kind ${kind}`);
  const code = JSON.stringify({ payload: { mode: 'mapped_json', config: { view: '@' } } });
  const config = configurationOf(jsonBlock('mapping', code));
  const { view } = JSON.parse(previewOf(config, event).value.toString()) as { view: unknown };
  return view;
}

/** The event that the block's call of publish…() hands over. */
export async function publishedBy(block: Block): Promise<UplinkEvent> {
  const events: UplinkEvent[] = [];
  const calls = Object.entries(KIND_OF_CALL).map(([call, kind]) => [
    call,
    (data: object) => void events.push({ kind, ...data } as UplinkEvent),
  ]);
  const module = await moduleOf(block, `export async function act(northward) {\n${block.code}}\n`);
  await (module as { act: (northward: unknown) => Promise<void> }).act(Object.fromEntries(calls));
  const [event] = events;
  if (event === undefined) throw new Error(`publishes nothing: ${block.code}`);
  return event;
}

/** What a program prints with console.log. */
async function outputOf(block: Block): Promise<string> {
  let printed = '';
  const log = vi.spyOn(console, 'log').mockImplementation((...args) => {
    printed += `${format(...args)}\n`;
  });
  try {
    await moduleOf(block, block.code);
  } finally {
    log.mockRestore();
  }
  return printed;
}

async function moduleOf({ page, line }: Block, code: string): Promise<unknown> {
  const file = path.join(
    root,
    '.tmp/doc-programs',
    `${process.pid}-${path.basename(page, '.md')}-${line}.ts`,
  );
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, code);
  try {
    return await import(/* @vite-ignore */ file);
  } finally {
    await rm(file);
  }
}

interface RecordAsJson {
  readonly topic: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value: unknown;
}

const toRecord = ({ topic, key = '', headers = {}, value }: RecordAsJson) => ({
  topic,
  key: key === '' ? null : key,
  headers: Object.entries(headers),
  value: typeof value === 'string' ? value : JSON.stringify(value),
});

/** What became of a record, as JSON. */
function plainOutcome(preview: DownlinkPreview | null): unknown {
  if (preview === null) throw new Error('no "json record" block before this one');
  if (preview.outcome !== 'error') return preview;
  const { code, message } = preview.error;
  return { outcome: 'error', code, message };
}

/** The JSON as the page has it where that is the value; else the value, laid out. */
async function sameJson(shown: string, value: unknown): Promise<string> {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  if (messageOf(() => JSON.parse(shown)) === '' && isSame(JSON.parse(shown), plain)) return shown;
  return prettify(JSON.stringify(plain, null, 2), { parser: 'json', printWidth: 110 });
}

/** Equal, members in the same order. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
