/** Folders of other apps beside our own, which still hold data: an app whose id was changed, or that is not started any more. */
import path from 'node:path';
import type { Disk } from './disk.js';
import { parseSegmentName } from './segment.js';

const MOST_NAMED = 10;
/** Looked into: folders, and files in each. Beyond it the sizes are at least so much. */
const MOST_FOLDERS = 100;
const MOST_FILES = 1_000;
/** `<store.path>/app-<id>` */
const OF_AN_APP = /^app-./;

interface Orphan {
  readonly name: string;
  readonly bytes: number;
}

/** Text and hint of a warning; `null`: there is none. What cannot be read is passed over. */
export async function lookForOrphans(
  disk: Disk,
  own: string,
): Promise<readonly [message: string, hint: string] | null> {
  const parent = path.dirname(own);
  const names = await disk.list(parent).catch(() => []);
  const others = names.filter((name) => OF_AN_APP.test(name) && name !== path.basename(own)).toSorted();
  const orphans: Orphan[] = [];
  for (const name of others.slice(0, MOST_FOLDERS)) {
    const bytes = await bytesIn(disk, path.join(parent, name));
    if (bytes > 0) orphans.push({ name, bytes });
  }
  return orphans.length === 0 ? null : warning(parent, orphans);
}

async function bytesIn(disk: Disk, folder: string): Promise<number> {
  let bytes = 0;
  let files = 0;
  for (const lane of await disk.list(folder).catch(() => [])) {
    const inLane = path.join(folder, lane);
    // Beside the lanes there are files, which have no names in them.
    for (const name of await disk.list(inLane).catch(() => [])) {
      if (parseSegmentName(name) === null) continue;
      files += 1;
      if (files > MOST_FILES) return bytes;
      bytes += await sizeOf(disk, path.join(inLane, name)).catch(() => 0);
    }
  }
  return bytes;
}

async function sizeOf(disk: Disk, at: string): Promise<number> {
  const file = await disk.open(at, 'read');
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

function warning(parent: string, orphans: readonly Orphan[]): readonly [string, string] {
  const named = orphans.slice(0, MOST_NAMED).map(({ name, bytes }) => `${name} (${sizeText(bytes)})`);
  const more = orphans.length > MOST_NAMED ? ` and ${orphans.length - MOST_NAMED} more` : '';
  const ids = orphans.length === 1 ? 'another app.id' : 'other app.ids';
  return [
    `STORE_ORPHANED: ${parent} holds stored messages of ${ids}, which this app does not send: ${named.join(', ')}${more}`,
    'If apps with these ids run, all is well. Else start one with that app.id and this uplink.store.path, which sends what is there; or remove the folder.',
  ];
}

function sizeText(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1_024)} KiB` : `${Math.round(bytes / 1_048_576)} MiB`;
}
