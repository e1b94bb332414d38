/** `store`: what lies in the store on disk, and what was lost. Read without its lock; only `--purge` takes that. */
import type { LossEntry } from '../api/store.js';
import { systemClock } from '../core/clock.js';
import type { ResolvedStore } from '../config/resolved-config.js';
import { hasOwner } from '../store/folder-lock.js';
import { NodeDisk } from '../store/node-disk.js';
import { openToRead, type ReadableStore } from '../store/open-to-read.js';
import { storeTrouble } from '../store/trouble.js';
import { EXIT, UsageError, type CliCommand, type ExitCode, type Invocation } from './command.js';
import { confirmed } from './confirm.js';
import { counted } from './counted.js';
import { goodUnlessStrict, loadConfig } from './load-config.js';
import type { Output } from './output.js';
import { showError } from './problems.js';
import { Exporter } from './store-export.js';
import { purge } from './store-purge.js';
import { StoreSums, type StoreSum } from './store-sums.js';

export const store: CliCommand = {
  name: 'store',
  about:
    'What waits in the store on disk, by lane and kind with its age, and what was lost. Needs no broker.',
  takes: '<config.json>',
  least: 1,
  most: 1,
  options: {
    export: {
      value: 'FILE',
      help: 'writes what waits into a new file, one JSON object a line; only its owner may read it',
    },
    purge: { help: 'REMOVES what waits, after asking; refused while a gateway uses the store' },
    yes: { help: 'goes on without asking' },
  },
  more: [
    'The store is read as it is, without its lock: a gateway may run, and then this is about a second old. What --purge removes',
    'is counted in the ledger, with the cause purged; what the ledger says is kept.',
  ].join('\n'),
  examples: [
    { line: 'store northward.json', about: 'is there a backlog, and how old is it?' },
    { line: 'store northward.json --export backlog.ndjson', about: 'a copy of what waits' },
  ],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const { arguments: given, output } = invocation;
  const { config, warnings } = await loadConfig(invocation);
  const folder = config.uplink.store;
  if (folder === null) {
    output.note('The configuration has no uplink.store: nothing is kept on disk.');
    return EXIT.wrong;
  }
  const file = given.text('export');
  if (file !== undefined && given.flag('purge'))
    throw new UsageError('expected --export or --purge; found both');
  try {
    const good = await look(invocation, folder, file);
    return good ? goodUnlessStrict(invocation, warnings) : EXIT.wrong;
  } catch (error) {
    if ((error as { syscall?: unknown }).syscall === undefined) throw error;
    throw storeTrouble(folder.folder, error);
  }
}

/** @returns false: something is wrong */
async function look(
  invocation: Invocation,
  config: ResolvedStore,
  file: string | undefined,
): Promise<boolean> {
  const { arguments: given, output, stopping } = invocation;
  const { folder, lanes } = config;
  const readable = await openToRead(new NodeDisk(), folder, lanes, systemClock());
  const owned = await isOwned(folder);
  const exporter = file === undefined ? null : await Exporter.to(file);
  const sums = new StoreSums();
  await output.during(`Reading ${output.safe(folder)}`, readAll(readable, sums, exporter, stopping));
  const { rows, missing } = sums;
  const about = { folder, owned, id: readable.id, damaged: readable.damaged, missing };
  if (output.json) output.document({ ...about, waiting: rows, losses: readable.losses });
  else show(output, about, rows, readable.losses);
  if (exporter !== null)
    output.note(`${counted(exporter.written, 'record')} written to ${output.safe(exporter.file)}`);
  if (given.flag('purge')) return purgeIfSure(invocation, config, owned, sums);
  return !readable.damaged;
}

/** A folder that is not there has no owner. */
async function isOwned(folder: string): Promise<boolean> {
  try {
    return await hasOwner(folder);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return false;
    throw error;
  }
}

async function readAll(
  readable: ReadableStore,
  sums: StoreSums,
  exporter: Exporter | null,
  stopping: AbortSignal,
): Promise<void> {
  let whole = false;
  try {
    for (const lane of readable.lanes) {
      for await (const records of lane.records()) {
        if (stopping.aborted) return;
        for (const record of records) sums.add(lane, record);
        await exporter?.write(readable.id, lane, records);
      }
      sums.addMissing(lane.missing);
    }
    whole = true;
  } finally {
    await exporter?.close(whole);
  }
}

async function purgeIfSure(
  invocation: Invocation,
  config: ResolvedStore,
  owned: boolean,
  sums: StoreSums,
): Promise<boolean> {
  const { output, stopping } = invocation;
  const count = sums.messages;
  if (count === 0) return true;
  if (owned) {
    output.note(`${output.safe(config.folder)} is in use by a gateway: stop it before its store is purged.`);
    return false;
  }
  const question = `Remove ${counted(count, 'message')} from ${output.safe(config.folder)}? They will not arrive.`;
  if (!(await confirmed(invocation, question)) || stopping.aborted) return false;
  const result = await output.during('Purging', purge(config));
  if (typeof result !== 'number') {
    showError(output, result);
    return false;
  }
  output.note(`removed: ${counted(result, 'message')}`);
  return true;
}

interface About {
  readonly folder: string;
  readonly owned: boolean;
  readonly damaged: boolean;
  readonly missing: number;
}

function show(
  output: Output,
  { folder, owned, damaged, missing }: About,
  rows: readonly StoreSum[],
  losses: readonly LossEntry[],
): void {
  const messages = rows.reduce((sum, row) => sum + row.messages, 0);
  const title = output.paint('bold', output.safe(folder));
  output.line(`${title}: ${counted(messages, 'message')} waiting${owned ? ', in use by a gateway' : ''}`);
  if (damaged)
    output.line(output.paint('red', '  its state cannot be read: what was delivered is not known'));
  if (missing > 0) output.line(`  ${missing} could not be read: damaged, or delivered meanwhile`);
  for (const row of rows) output.line(`  ${rowText(output, row)}`);
  output.line(losses.length === 0 ? 'nothing was lost' : 'lost:');
  for (const loss of losses) output.line(`  ${lossText(output, loss)}`);
}

function rowText(output: Output, row: StoreSum): string {
  const { lane, parked, kind, messages, bytes, oldestMs, newestMs } = row;
  const where = `lane ${output.safe(lane)}${parked ? ', parked' : ''}`;
  const times = `accepted ${timeText(oldestMs)} to ${timeText(newestMs)}`;
  return `${where}: ${messages} ${kind}, ${counted(bytes, 'byte')}, ${times}`;
}

function lossText(output: Output, { cause, lane, kind, day, count, atLeast, bytes }: LossEntry): string {
  const many = `${atLeast ? 'at least ' : ''}${count} ${kind}`;
  return `${day ?? 'before'}: ${many} of lane ${output.safe(lane)}, ${counted(bytes, 'byte')}: ${cause}`;
}

function timeText(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? String(ms) : time.toISOString();
}
