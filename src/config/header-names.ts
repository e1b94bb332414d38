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

/** Every variable that a template may find (contract §4): the headers, and some more. */
export const VARIABLE_NAMES: readonly string[] = [
  ...HEADER_NAMES,
  'point_id',
  'alarm_type',
  'severity',
  'yyyy',
  'MM',
  'dd',
  'HH',
];
