/** Whether an event is past its time (contract §6). Pure. */
import type { Clock } from '../../core/clock.js';
import type { DownlinkEvent } from '../../api/commands.js';
import type { ResolvedDownlink } from '../../config/resolve.js';

/** Whether it must not be handed to the host any more. */
export function isExpired(
  event: DownlinkEvent,
  expired: ResolvedDownlink['expired'],
  clock: Pick<Clock, 'now'>,
): boolean {
  switch (event.kind) {
    case 'command_received':
      return expired.commandReceived === 'drop' && isPast(event.data, clock);
    case 'write_point':
      return expired.writePoint === 'drop' && isPast(event.data, clock);
    case 'rpc_response_received':
      return false;
  }
}

interface TimedData {
  readonly timestamp: Date;
  readonly timeoutMs?: number;
}

function isPast(data: TimedData, clock: Pick<Clock, 'now'>): boolean {
  return data.timeoutMs !== undefined && clock.now() > data.timestamp.getTime() + data.timeoutMs;
}
