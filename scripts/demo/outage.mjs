// @ts-check
/** An outage to look at: a gateway publishes, its broker goes away and comes back, and an independent consumer judges what arrived. */
import { setTimeout as wait } from 'node:timers/promises';
import { Gateway } from '../store/gateway.mjs';
import { nowUs } from '../store/journal.mjs';
import { judge } from '../store/judge.mjs';
import { readAll } from '../store/rounds.mjs';
import { configOf, topicsOf } from '../store/setting.mjs';

const RATE = 200;
const DEVICES = 20;
const USUAL_S = 2;
const REPLAY_MS = 120_000;
const STORE_AFTER_MS = 1000;
const COLUMNS = [5, 10, 14, 11, 11, 11, 9, 9];
const HEADER = ['time', 'broker', 'state', 'published', 'delivered', 'in memory', 'on disk', 'RSS'];

/**
 * @param {import('./brokers.mjs').DemoBroker} broker
 * @param {string} folder For the store
 * @param {(line: string) => void} say
 * @returns {Promise<boolean>} Whether everything arrived as promised
 */
export async function showOutage(broker, folder, say) {
  const setting = {
    bootstrapServers: broker.bootstrapServers,
    topics: topicsOf('outage'),
    folder,
    storeAfterMs: STORE_AFTER_MS,
  };
  const config = configOf(setting);
  const topic = setting.topics.telemetry;
  await broker.createTopic(topic);
  say(`${DEVICES} devices publish ${RATE} messages a second ${broker.what}.\n`);
  const gateway = new Gateway({ config, first: 1, devices: DEVICES, alarmEvery: 0, untilStoredEvery: 0 });
  try {
    if ((await gateway.line('started')) === '') throw new Error((await gateway.ended).errors);
    await through(gateway, broker, say);
    const endUs = nowUs();
    await gateway.stop();
    const records = await readAll(broker.direct, [topic]);
    const rule = { topic, holds: () => true, storeAfterMs: STORE_AFTER_MS, commitIntervalMs: 200 };
    return tellVerdict(judge([{ journal: gateway.journal, clean: true, endUs }], [rule], records), say);
  } finally {
    await gateway.kill();
  }
}

/**
 * Usual, outage, and until nothing waits any more; each second has its line.
 * @param {Gateway} gateway
 * @param {import('./brokers.mjs').DemoBroker} broker
 * @param {(line: string) => void} say
 */
async function through(gateway, broker, say) {
  const rows = new Rows(gateway, say);
  gateway.say(`publish ${RATE}`);
  await rows.next(USUAL_S);
  await broker.begin();
  rows.broker = broker.away;
  await rows.next(broker.awaySeconds);
  rows.broker = 'starting';
  let isBack = false;
  const back = broker.end().then(() => {
    isBack = true;
    rows.broker = 'up';
  });
  const deadline = performance.now() + REPLAY_MS;
  while (!isBack || waitingIn(gateway) > 0) {
    if (performance.now() > deadline) throw new Error(`the store is not empty after ${REPLAY_MS / 1000} s`);
    await rows.next(1);
  }
  await back;
  await rows.next(1);
  gateway.say('publish 0');
  await gateway.ask('drain', 'drained');
}

/** A line of the gateway's figures for each second. */
class Rows {
  broker = 'up';
  #gateway;
  #say;
  #began = performance.now();
  #seconds = 0;

  /** @param {Gateway} gateway @param {(line: string) => void} say */
  constructor(gateway, say) {
    this.#gateway = gateway;
    this.#say = say;
    say(line(HEADER));
  }

  /** The rows of the next seconds. @param {number} seconds */
  async next(seconds) {
    for (const end = this.#seconds + seconds; this.#seconds < end;) {
      this.#seconds += 1;
      const due = this.#began + this.#seconds * 1000;
      const ended = await Promise.race([wait(Math.max(0, due - performance.now())), this.#gateway.ended]);
      if (ended !== undefined) throw new Error(`the gateway ended by itself:\n${ended.errors}`);
      this.#say(line(this.#cells()));
    }
  }

  #cells() {
    const { accepted, receipts, events, samples } = this.#gateway.journal;
    const { state = '', queued = 0, rssMb = 0 } = samples.at(-1) ?? {};
    const delivered = receipts.size + events.size;
    const stored = waitingIn(this.#gateway);
    const time = `${this.#seconds} s`;
    return [time, this.broker, state, accepted.size, delivered, queued, stored, `${rssMb} MB`];
  }
}

/** Messages on disk. @param {Gateway} gateway */
function waitingIn(gateway) {
  return gateway.journal.samples.at(-1)?.store?.waiting ?? 0;
}

/** Words to the left, figures to the right. @param {readonly (string | number)[]} cells */
function line(cells) {
  const padded = cells.map((cell, index) => {
    const width = COLUMNS[index] ?? 0;
    return index === 1 || index === 2 ? ` ${String(cell).padEnd(width - 1)}` : String(cell).padStart(width);
  });
  return padded.join('').trimEnd();
}

/**
 * @param {import('../store/judge.mjs').Verdict} verdict
 * @param {(line: string) => void} say
 */
function tellVerdict({ accepted, copies, problems }, say) {
  for (const problem of problems) say(`\nPROBLEM ${problem}`);
  if (problems.length > 0) return false;
  const each = copies === 0 ? 'each once' : `${copies} of them twice, and told as maybeDuplicate`;
  say(`\nAn independent consumer read all ${accepted} of them: ${each}, in order for each device.`);
  return true;
}
