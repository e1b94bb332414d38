/** The host's answer to a command → the reply that the platform gets (contract §6). Pure. */
import type {
  CommandReceivedData,
  CommandReply,
  DownlinkEvent,
  ReplyByKind,
  WritePointCommandData,
  WritePointReply,
} from '../../api/commands.js';
import { CommandError } from '../../api/errors.js';
import type { Id } from '../../api/uplink.js';
import { cut } from '../../api/reason.js';
import type { Outward, Reply } from '../../record/outward.js';

type AnyReply = ReplyByKind[keyof ReplyByKind];

/** What the host says of devices, and which replies are sent at all. */
export type Devices = Pick<Outward, 'deviceOf' | 'deviceNamed' | 'sends'>;

/** An answer without a device is the gateway's own. */
const GATEWAY: Id = 0;

/** What a message shows of a name or an id. */
const LONGEST_NAME = 100;

/** Whether `respond()` takes the answer of a success, without the host naming the device. */
export function canAnswer(event: DownlinkEvent, devices: Devices): boolean {
  switch (event.kind) {
    case 'write_point':
      return !devices.sends('write_point_response') || devices.deviceOf(event.data.pointId) !== undefined;
    case 'command_received':
      return !devices.sends('rpc_response') || commandDevice(event.data, {}, devices) !== undefined;
    case 'rpc_response_received':
      return false;
  }
}

/**
 * @param now Unix ms: when the host answered, unless it says so itself; an answer that is sent again says the same
 * @throws CommandError `RESPONSE_UNSUPPORTED`, `DEVICE_UNKNOWN`
 */
export function buildReply(event: DownlinkEvent, reply: AnyReply, devices: Devices, now: number): Reply {
  switch (event.kind) {
    case 'write_point':
      return writePointResponse(event.data, withTime(reply as WritePointReply, 'completedAt', now), devices);
    case 'command_received':
      return rpcResponse(event.data, withTime(reply as CommandReply, 'timestamp', now), devices);
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

function writePointResponse(command: WritePointCommandData, reply: WritePointReply, devices: Devices): Reply {
  const { requestId, pointId } = command;
  const known = reply.deviceId ?? devices.deviceOf(pointId);
  // That it failed can be said without: the point is perhaps not known, and the platform waits. Nor does it matter where nothing is sent.
  const needed = reply.status !== 'Failed' && devices.sends('write_point_response');
  if (known === undefined && needed) {
    const message = `respond(): the device of point ${pointId} is not known: a write point carries none, and the point metadata does not say`;
    throw new CommandError('DEVICE_UNKNOWN', message, { kind: 'write_point' });
  }
  const deviceId = known ?? GATEWAY;
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

function rpcResponse(command: CommandReceivedData, reply: CommandReply, devices: Devices): Reply {
  const { commandId, targetType } = command;
  const known = commandDevice(command, reply, devices);
  const deviceName = reply.deviceName ?? command.deviceName ?? (targetType === 'GATEWAY' ? '' : undefined);
  if (known === undefined && reply.error === undefined && devices.sends('rpc_response')) {
    const named =
      deviceName === undefined
        ? 'names no device'
        : `names the device "${cut(deviceName, LONGEST_NAME)}" without an id, and the point metadata does not know it`;
    const message = `respond(): the device is not known: the command ${cut(commandId, LONGEST_NAME)} ${named}`;
    throw new CommandError('DEVICE_UNKNOWN', message, { kind: 'command_received', deviceName });
  }
  const deviceId = known ?? GATEWAY;
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

function commandDevice(command: CommandReceivedData, reply: CommandReply, devices: Devices): Id | undefined {
  const given = reply.deviceId ?? command.deviceId;
  if (given !== undefined) return given;
  if (command.targetType === 'GATEWAY') return GATEWAY;
  const name = reply.deviceName ?? command.deviceName;
  return name === undefined ? undefined : devices.deviceNamed(name);
}
