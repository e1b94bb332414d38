import type { Command, KafkaNorthward } from 'ng-kafka-northward';
import type { Platform } from './platform.js';

/** What the devices made of the commands. */
export interface CommandProgress {
  executed: number;
  retried: number;
  undecodable: number;
}

/** The device that answers at its second attempt only. */
const STUBBORN_POINT = 7;

/** Executes commands until `stop()`. */
export async function executeCommands(northward: KafkaNorthward, progress: CommandProgress): Promise<void> {
  northward.on('decode-error', () => {
    progress.undecodable += 1;
  });
  for await (const command of northward.commands({ manualAck: true })) await execute(command, progress);
}

async function execute(command: Command, progress: CommandProgress): Promise<void> {
  if (command.kind === 'write_point') {
    if (command.data.pointId === STUBBORN_POINT && command.meta.attempt === 1) {
      progress.retried += 1;
      await command.nack(new Error('the device is busy'), { retryAfterMs: 200 });
      return;
    }
    const { value } = command.data;
    void command.respond({ status: 'Success', appliedValue: value, deviceId: 1001 });
  } else if (command.kind === 'command_received') {
    void command.respond({ result: { done: command.data.key } });
  }
  progress.executed += 1;
  // Waits for the receipt of the answer.
  void command.ack();
}

/** The platform's commands of one second: four writes, one command. */
export function sendCommands(platform: Platform, second: number): void {
  for (let n = 0; n < 4; n += 1) {
    platform.send('write_point', `write-${second}-${n}`, { point_id: 1 + n, value: second + n / 10 });
  }
  const target = { target_type: 'SUBDEVICE', device_id: 1001 + (second % 20), device_name: 'demo' };
  platform.send('command_received', `command-${second}`, { key: 'identify', ...target });
  if (second !== 0) return;
  platform.send('write_point', 'write-stubborn', { point_id: STUBBORN_POINT, value: true });
  platform.sendJunk();
}

/** Prints what became of the commands; answers what is missing. */
export function summariseCommands(platform: Platform | undefined, progress: CommandProgress): string[] {
  if (platform === undefined) return [];
  const { sent, answered, deadLetters, open } = platform;
  const { executed, retried, undecodable } = progress;
  console.log(
    `commands      ${sent} sent, ${executed} executed, ${answered} answered, ${retried} tried again, ${undecodable} undecodable, ${deadLetters} dead letters`,
  );
  const missing: string[] = [];
  if (open.size > 0) missing.push(`answers to ${[...open].join(', ')}`);
  if (executed !== sent - undecodable)
    missing.push(`${sent - undecodable - executed} commands were not executed once`);
  if (deadLetters !== undecodable) missing.push(`${undecodable - deadLetters} dead letters`);
  return missing;
}
