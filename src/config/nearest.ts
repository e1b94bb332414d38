/** Suggestions for misspelt keys and values. */

/** The candidate nearest to `word`, or undefined where none is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const wanted = plain(word);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const name = plain(candidate);
    const distance = editDistance(wanted, name);
    if (distance <= tolerance(wanted, name) && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Words for a key that others use, in lower case and without separators; the first name that the place knows is meant. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  online: ['deviceConnected'],
  connected: ['deviceConnected'],
  connect: ['deviceConnected'],
  deviceonline: ['deviceConnected'],
  offline: ['deviceDisconnected'],
  disconnected: ['deviceDisconnected'],
  disconnect: ['deviceDisconnected'],
  deviceoffline: ['deviceDisconnected'],
  event: ['alarm'],
  events: ['alarm'],
  data: ['telemetry'],
  values: ['telemetry'],
  points: ['telemetry'],
  measurements: ['telemetry'],
  rpc: ['rpcResponse', 'rpcResponseReceived'],
  rpcresponse: ['rpcResponseReceived'],
  rpcresponsereceived: ['rpcResponse'],
  writepoint: ['writePointResponse'],
  writepointresponse: ['writePoint'],
  write: ['writePoint', 'writePointResponse'],
  command: ['commandReceived', 'rpcResponse'],
  commands: ['commandReceived', 'rpcResponse'],
  commandreceived: ['rpcResponse'],
  brokers: ['bootstrapServers'],
  servers: ['bootstrapServers'],
  hosts: ['bootstrapServers'],
  user: ['username'],
  pass: ['password'],
  ca: ['caLocation'],
  cert: ['certificateLocation'],
  key: ['keyLocation'],
  group: ['groupId'],
  retry: ['retryPolicy'],
  retries: ['retryPolicy'],
};

/** The name that another word for it means, at a place that knows `candidates`. */
export function otherWord(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const plainWord = plain(word);
  const names = Object.hasOwn(OTHER_WORDS, plainWord) ? OTHER_WORDS[plainWord] : undefined;
  return names?.find((name) => candidates.includes(name));
}

/** `SASL_SSL`, `sasl-ssl` and `saslSsl` are one word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[_\-. ]/g, '');
}

/** One slip in three letters; short words must be nearly right. */
function tolerance(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  return shorter < 3 ? 0 : Math.max(1, Math.floor(shorter / 3));
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
