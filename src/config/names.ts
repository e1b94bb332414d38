import type { UplinkSlot } from '../api/kinds.js';
import { MESSAGE_ID_HEADER } from '../record/outgoing-record.js';
import type { ResolvedConfig } from './resolved-config.js';

/** Names that stand in for what a configuration leaves blank. */

/** Name of an application that has none. */
export const DEFAULT_APP_NAME = 'ng-gateway';

/** Where dead letters go when no topic is named. */
export const DEFAULT_DEAD_LETTER_TOPIC = 'ng.downlink.dead-letter';

/** Every header that a record may carry, in their order (contract §4); the last is of responses only. */
export const HEADER_NAMES: readonly string[] = [
  'app_id',
  'app_name',
  'plugin_type',
  'event_kind',
  'ts_ms',
  'device_id',
  'device_name',
  'device_type',
  'channel_name',
  'request_id',
];

/** Every header that may be asked for by its name; the last only where there is a store. */
export const WANTED_HEADER_NAMES: readonly string[] = [...HEADER_NAMES, MESSAGE_ID_HEADER];

const TIME_NAMES = ['yyyy', 'MM', 'dd', 'HH'];

/** Every variable that a template may find (contract §4): the headers, and some more. */
export const VARIABLE_NAMES: readonly string[] = [
  ...HEADER_NAMES,
  'point_id',
  'alarm_type',
  'severity',
  ...TIME_NAMES,
];

/** Every variable that a template of `uplink.dataGap` may find: it is about no device. */
export const GAP_VARIABLE_NAMES: readonly string[] = [
  'app_id',
  'app_name',
  'plugin_type',
  'event_kind',
  'ts_ms',
  'lane',
  'kind',
  'cause',
  ...TIME_NAMES,
];

/** Whether commands of an enabled route are answered by this mapping: then it is used whatever `uplink.enabled` says. */
export function answersCommands(slot: UplinkSlot, { downlink }: Pick<ResolvedConfig, 'downlink'>): boolean {
  if (!downlink.enabled) return false;
  if (slot === 'writePointResponse') return downlink.writePoint.enabled;
  return slot === 'rpcResponse' && downlink.commandReceived.enabled;
}
