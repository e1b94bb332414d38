/** The host's answer to a command → the reply that the platform gets (contract §6). Pure. */
import type {
  CommandReceivedData,
  CommandReply,
  DownlinkEvent,
  ReplyByKind,
  WritePointCommandData,
  WritePointReply,
} from '../command-model.js';
import { CommandError } from '../errors.js';
import type { Id } from '../model.js';
import type { Reply } from './outward.js';

type AnyReply = ReplyByKind[keyof ReplyByKind];

/**
 * @param deviceOf what the point metadata says of a point
 * @param now Unix ms: when the host answered, unless it says so itself; an answer that is sent again says the same
 * @throws CommandError `RESPONSE_UNSUPPORTED`, `DEVICE_UNKNOWN`
 */
export function buildReply(
  event: DownlinkEvent,
  reply: AnyReply,
  deviceOf: (pointId: Id) => Id | undefined,
  now: number,
): Reply {
  switch (event.kind) {
    case 'write_point':
      return writePointResponse(event.data, withTime(reply as WritePointReply, 'completedAt', now), deviceOf);
    case 'command_received':
      return rpcResponse(event.data, withTime(reply as CommandReply, 'timestamp', now));
    case 'rpc_response_received':
      throw new CommandError('RESPONSE_UNSUPPORTED', 'An rpc response is not answered', { kind: event.kind });
  }
}

function withTime<K extends string, R extends { readonly [N in K]?: unknown }>(
  reply: R,
  field: K,
  now: number,
): R {
  return { ...reply, [field]: reply?.[field] ?? now };
}

function writePointResponse(
  command: WritePointCommandData,
  reply: WritePointReply,
  deviceOf: (pointId: Id) => Id | undefined,
): Reply {
  const { requestId, pointId } = command;
  const deviceId = reply.deviceId ?? deviceOf(pointId);
  if (deviceId === undefined) {
    const message = `respond(): the device of point ${pointId} is not known: a write point carries none, and the point metadata does not say`;
    throw new CommandError('DEVICE_UNKNOWN', message, { kind: 'write_point' });
  }
  const { status, error, appliedValue, completedAt } = reply;
  return {
    kind: 'write_point_response',
    data: {
      requestId,
      pointId,
      deviceId,
      status,
      ...(error === undefined ? {} : { error }),
      ...(appliedValue === undefined ? {} : { appliedValue }),
      ...(completedAt === undefined ? {} : { completedAt }),
    },
  };
}

function rpcResponse(command: CommandReceivedData, reply: CommandReply): Reply {
  const { commandId, targetType } = command;
  const toGateway = targetType === 'GATEWAY';
  const deviceId = reply.deviceId ?? command.deviceId ?? (toGateway ? 0 : undefined);
  const deviceName = reply.deviceName ?? command.deviceName ?? (toGateway ? '' : undefined);
  if (deviceId === undefined) {
    const named =
      deviceName === undefined ? 'names no device' : `names the device "${deviceName}" without an id`;
    const message = `respond(): the device is not known: the command ${commandId} ${named}`;
    throw new CommandError('DEVICE_UNKNOWN', message, { kind: 'command_received', deviceName });
  }
  const { result, error, timestamp } = reply;
  return {
    kind: 'rpc_response',
    data: {
      deviceId,
      ...(deviceName === undefined ? {} : { deviceName }),
      requestId: commandId,
      targetType,
      ...(result === undefined ? {} : { result }),
      ...(error === undefined ? {} : { error }),
      ...(timestamp === undefined ? {} : { timestamp }),
    },
  };
}
