// @ts-check
/** Commands, executed by a publisher (publisher.mjs) that is a whole gateway. Its journal has a line for each execution. */
import { setTimeout as wait } from 'node:timers/promises';
import { nowUs } from './journal.mjs';

/** How long a device takes for one. */
const EXECUTION_MS = 2;
/** Each so many commands one fails when it is first given out, and one is answered. */
const FAILS_EVERY = 20;
const ANSWERED_EVERY = 4;
const RETRY_MS = 200;

/**
 * Executes what comes until the gateway stops. A command that fails, fails once.
 * @param {import('../../src/index.js').KafkaNorthward} northward
 * @param {(line: string) => void} tell Called before the command is acknowledged; whatever happens then, the line is there
 */
export async function executeCommands(northward, tell) {
  for await (const command of northward.commands()) {
    const { topic, partition, offset, attempt } = command.meta;
    const id = idOf(command);
    const number = Number(/\d+$/.exec(id)?.[0] ?? 0);
    await wait(EXECUTION_MS);
    const fails = attempt === 1 && number % FAILS_EVERY === 0;
    tell(`C ${id} ${topic} ${partition} ${offset} ${attempt} ${nowUs()} ${fails ? 'failed' : 'ok'}`);
    if (fails) void command.nack(new Error('the device is busy'), { retryAfterMs: RETRY_MS });
    else if (command.kind === 'write_point' && number % ANSWERED_EVERY === 1) await answer(command, tell);
  }
}

/** @param {import('../../src/index.js').Command} command */
function idOf(command) {
  if (command.kind === 'write_point') return command.data.requestId;
  return command.kind === 'command_received' ? command.data.commandId : command.data.requestId;
}

/**
 * One that cannot be delivered for now makes the attempt fail, and the command comes again.
 * @param {Extract<import('../../src/index.js').Command, { kind: 'write_point' }>} command
 * @param {(line: string) => void} tell
 */
async function answer(command, tell) {
  try {
    await command.respond({ status: 'Success', deviceId: 1 });
  } catch (error) {
    tell(`e respond ${/** @type {any} */ (error).code}`);
  }
}
