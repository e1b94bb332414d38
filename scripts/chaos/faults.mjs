// @ts-check
/** What becomes of each fault of the schedule: done, and undone when its time is over. */
import { setTimeout as wait } from 'node:timers/promises';
import { nowUs } from '../store/journal.mjs';
import { PARTITIONS } from './setting.mjs';

/** So often a topic is deleted, until it is gone. */
const DELETIONS = 5;

/** So many partitions are added to a topic at once. */
const ADDED = 2;

/**
 * @typedef {object} World What can fail in a round
 * @property {import('./brokers.mjs').Brokers} brokers
 * @property {readonly import('./plant.mjs').GatewayUnit[]} gateways
 * @property {import('./platform.mjs').Platform} platform
 * @property {import('./admin.mjs').Admin} admin
 * @property {import('./setting.mjs').Topics} topics
 * @property {(topic: string) => Promise<import('./judged.mjs').Held>} dump Reads a topic before it is deleted
 * @property {(topic: string) => Promise<string>} idOf The id that it has now
 * @property {(text: string) => void} say
 *
 * @typedef {object} Removal A topic that was deleted and created again
 * @property {string} topic
 * @property {import('./judged.mjs').Held} dump What it held
 * @property {number} fromUs From then on it may hold more than the dump
 * @property {number} toUs It was gone
 *
 * @typedef {object} Done What the faults have changed
 * @property {Removal[]} removals
 * @property {Map<string, number>} partitions Of topics that have grown
 * @property {Set<number>} fullDisks Gateways whose disk was full
 * @property {{ atUs: number, untilUs: number, text: string, lane: string }[]} log When each really happened
 */

/** @returns {Done} */
export function nothingDone() {
  return { removals: [], partitions: new Map(), fullDisks: new Set(), log: [] };
}

/**
 * Plays a schedule to its end; resolves when each fault is over.
 * @param {readonly import('./schedule.mjs').Fault[]} schedule
 * @param {World} world
 * @param {Done} done
 */
export async function play(schedule, world, done) {
  const start = performance.now();
  /** @type {Map<string, Promise<void>>} */
  const lanes = new Map();
  for (const fault of schedule) {
    await wait(Math.max(0, fault.atMs - (performance.now() - start)));
    const lane = laneOf(fault);
    // Two faults of one thing do not mix: where the machine is slow, the second comes later.
    const before = lanes.get(lane) ?? Promise.resolve();
    lanes.set(
      lane,
      before.then(async () => {
        const entry = { atUs: nowUs(), untilUs: 0, text: textOf(fault), lane };
        done.log.push(entry);
        world.say(entry.text);
        await apply(fault, world, done);
        entry.untilUs = nowUs();
      }),
    );
    lanes.get(lane)?.catch(() => undefined);
  }
  // Where one could not be played, the others end first: none may start a gateway again that is being removed.
  await Promise.allSettled(lanes.values());
  await Promise.all(lanes.values());
}

/** @param {import('./schedule.mjs').Fault} fault */
function laneOf(fault) {
  if ('gateway' in fault) return `${fault.kind} ${fault.gateway}`;
  return fault.kind === 'topic' ? `topic ${fault.topic}` : fault.kind;
}

/** @param {import('./schedule.mjs').Fault} fault */
export function textOf(fault) {
  switch (fault.kind) {
    case 'broker':
      return `broker ${fault.nodes.join(' and ')}: ${fault.how}, away for ${fault.forMs} ms`;
    case 'gateway':
      return `gateway ${fault.gateway}: ${fault.how}, away for ${fault.forMs} ms`;
    case 'link':
      return `link to broker ${fault.nodes.join(', ')}: ${fault.state} for ${fault.forMs} ms${fault.resets ? ', then reset' : ''}`;
    case 'disk':
      return `disk of gateway ${fault.gateway}: full for ${fault.forMs} ms`;
    case 'clock':
      return `clock of gateway ${fault.gateway}: ${fault.seconds} s off`;
    case 'topic':
      return fault.how === 'partitions'
        ? `topic ${fault.topic}: ${ADDED} partitions more`
        : `topic ${fault.topic}: deleted, created again after ${fault.forMs} ms`;
  }
}

/**
 * @param {import('./schedule.mjs').Fault} fault
 * @param {World} world
 * @param {Done} done
 */
async function apply(fault, world, done) {
  const { brokers } = world;
  switch (fault.kind) {
    case 'broker':
      await brokers.away(fault.how, fault.nodes);
      await wait(fault.forMs);
      return brokers.back(fault.nodes);
    case 'link':
      brokers.link(fault.nodes, fault.state);
      await wait(fault.forMs);
      return brokers.link(fault.nodes, 'open', fault.resets);
    case 'topic':
      return fault.how === 'partitions'
        ? grow(world.topics[fault.topic], world, done)
        : recreate(fault, world, done);
    default:
      return applyToGateway(fault, world, done);
  }
}

/**
 * @param {Extract<import('./schedule.mjs').Fault, { gateway: number }>} fault
 * @param {World} world
 * @param {Done} done
 */
async function applyToGateway(fault, { gateways }, done) {
  const gateway = gateways[fault.gateway];
  if (gateway === undefined) return;
  switch (fault.kind) {
    case 'gateway':
      await gateway[fault.how]();
      await wait(fault.forMs);
      return gateway.start();
    case 'disk':
      done.fullDisks.add(fault.gateway);
      await gateway.fillDisk();
      await wait(fault.forMs);
      return gateway.freeDisk();
    case 'clock':
      return gateway.setClock(fault.seconds);
  }
}

/** @param {string} topic @param {World} world @param {Done} done */
async function grow(topic, { admin, platform }, done) {
  const partitions = PARTITIONS + ADDED;
  await admin.grow(topic, partitions);
  done.partitions.set(topic, partitions);
  platform.grown(topic, partitions);
}

/**
 * @param {Extract<import('./schedule.mjs').Fault, { kind: 'topic' }>} fault
 * @param {World} world
 * @param {Done} done
 */
async function recreate(fault, { admin, platform, topics, dump, idOf }, done) {
  const topic = topics[fault.topic];
  if (fault.topic === 'command') await platform.pause(topic);
  for (let isNew = false, attempt = 1; !isNew; attempt += 1) {
    if (attempt > DELETIONS) throw new Error(`${topic} is still there after ${DELETIONS} deletions`);
    const fromUs = nowUs();
    const held = await dump(topic);
    const told = await admin.delete(topic);
    const deletedUs = nowUs();
    await wait(fault.forMs);
    await admin.create(topic, done.partitions.get(topic) ?? PARTITIONS);
    const toUs = told ? deletedUs : nowUs();
    // A broker that has just come back may say that there is no such topic, and there is. Then it is not deleted.
    isNew = (await idOf(topic)) !== held.all.topicId;
    if (isNew) done.removals.push({ topic, dump: held, fromUs, toUs });
  }
  if (fault.topic === 'command') platform.resumeNew(topic);
}
