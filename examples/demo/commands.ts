import type { Command, KafkaNorthward } from 'ng-kafka-northward';
import type { CommandLedger } from './command-ledger.js';
import { plant } from './plant.js';
import type { Platform } from './platform.js';

const WRITES_A_SECOND = 4;

/** The devices execute what comes until `stop()`, many at once. */
export async function executeCommands(northward: KafkaNorthward, ledger: CommandLedger): Promise<void> {
  for await (const command of northward.commands({ manualAck: true })) {
    execute(command, ledger).catch((error: unknown) => ledger.errors.push(String(error)));
  }
}

async function execute(command: Command, ledger: CommandLedger): Promise<void> {
  if (command.kind === 'rpc_response_received') return command.ack();
  const id = command.kind === 'write_point' ? command.data.requestId : command.data.commandId;
  ledger.count(id, 'attempts');
  try {
    if (command.kind === 'write_point') {
      const { deviceId, appliedValue } = plant.write(command.data.pointId, command.data.value);
      ledger.count(id, 'executed');
      await command.respond({ status: 'Success', appliedValue, deviceId });
    } else {
      const result = plant.identify(command.data.deviceId);
      ledger.count(id, 'executed');
      await command.respond({ result });
    }
  } catch (error) {
    return command.nack(error); // it comes again
  }
  return command.ack();
}

/** The platform's commands of one second; in the first one also what goes wrong. */
export function sendCommands(platform: Platform, second: number): void {
  if (second === 0) {
    // Fails twice; what comes for this device later waits until it is done.
    platform.sendWritePoint('stubborn', plant.stubbornDevice, 1);
    platform.sendJunk();
  }
  for (let n = 0; n < WRITES_A_SECOND; n += 1) {
    platform.sendWritePoint(
      `${second}-${n}`,
      (second * WRITES_A_SECOND + n) % plant.devices,
      second + n / 10,
    );
  }
  platform.sendIdentify(String(second), second % plant.devices);
}
