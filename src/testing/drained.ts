/** What is still on its way, as lines for a person. */
import { commits } from './read-topics.js';
import type { MemoryWorld } from './memory-world.js';

export function undrained({ northward, consumers, faults, config }: MemoryWorld): string[] {
  const { uplink, downlink } = northward.metrics();
  const { messages, waitingCallers } = uplink.queue;
  const { commands, inHand, heldNow } = downlink.queue;
  const lines = [
    count(messages, 'published message(s) without an outcome: released, connected, awaited?'),
    count(waitingCallers, 'publish call(s) waiting for room'),
    count(inHand, "command(s) in the gateway's hands, neither done nor given back"),
    count(commands, 'command(s) waiting: for a loop, for one of the same key, or for the next attempt'),
    count(heldNow, 'held offset(s): see releaseHeld()'),
    ...faults.left,
  ];
  for (const { topic, lag } of downlink.lag) {
    const behind = lag ?? 0;
    if (behind > 0) lines.push(`${topic}: ${behind} record(s) above the mark`);
    if (!commits(config.downlink, topic)) continue;
    const mark = consumers.log({ topic, partition: 0 }).next - behind;
    const committed = consumers.committed.get(`${topic} 0`)?.offset ?? 0;
    if (committed < mark) lines.push(`${topic}: the mark ${mark} is not committed (${committed} is)`);
  }
  return lines.filter((line) => line !== null);
}

function count(number: number, of: string): string | null {
  return number === 0 ? null : `${number} ${of}`;
}
