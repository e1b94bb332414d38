/** What is still on its way, as lines for a person. */
import type { MemoryWorld } from './memory-world.js';
import { commits, readTopics } from './default-config.js';

export function undrained(world: MemoryWorld): string[] {
  const { uplink, downlink, store } = world.northward.metrics();
  const stored = (store?.lanes ?? []).reduce((sum, lane) => sum + lane.messages + lane.parked, 0);
  const { messages, waitingCallers } = uplink.queue;
  const { commands, inHand, heldNow } = downlink.queue;
  const lines = [
    count(messages, 'published message(s) without an outcome: released, connected, awaited?'),
    count(waitingCallers, 'publish call(s) waiting for room'),
    count(stored, 'stored message(s) that are not delivered yet: connected, its topic there?'),
    count(inHand, "command(s) in the gateway's hands, neither done nor given back"),
    count(commands, 'command(s) waiting: for a loop, for one of the same key, or for the next attempt'),
    count(heldNow, 'held offset(s): see releaseHeld()'),
    ...world.faults.left,
    ...readTopics(world.config.downlink).map((topic) => behind(world, topic)),
  ];
  return lines.filter((line) => line !== null);
}

function count(number: number, of: string): string | null {
  return number === 0 ? null : `${number} ${of}`;
}

function behind({ config, consumers }: MemoryWorld, topic: string): string | null {
  const committed = consumers.committed.get(`${topic} 0`)?.offset ?? 0;
  const { next } = consumers.log({ topic, partition: 0 });
  if (committed === next || !commits(config.downlink, topic)) return null;
  return `${topic}: ${next - committed} record(s) above the committed offset ${committed}`;
}
