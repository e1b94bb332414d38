/** The public names, one by one. */
export { createKafkaNorthward } from './create.js';
export type { CreateOptions, KafkaNorthward, PingResult, StopReport } from './api.js';
export type { NorthwardConfig } from './config/schema.js';
export {
  ConfigError,
  ConnectionError,
  DeliveryError,
  LifecycleError,
  NorthwardError,
  PublishError,
  type ConfigProblem,
  type ErrorCode,
} from './errors.js';
export type { EventName, Listener, NorthwardEvents, StateEvent, Undelivered } from './events.js';
export type { ConnectionState, StateChange } from './kafka/status.js';
export type { HistogramSnapshot, Metrics, SideState, UplinkMetrics } from './metrics.js';
export type {
  AlarmData,
  AlarmSeverity,
  AppInfo,
  AttributesData,
  DataType,
  DeliveredReceipt,
  DeviceStateData,
  Id,
  Json,
  JsonObject,
  Logger,
  PointMeta,
  PointMetaLookup,
  PointMetaSource,
  PointValue,
  Receipt,
  RecordPreview,
  RpcResponseData,
  SkippedReceipt,
  TargetType,
  TelemetryData,
  Timestamp,
  UplinkDataByKind,
  UplinkEvent,
  UplinkKind,
  UplinkPreview,
  Value,
  Values,
  WritePointErrorKind,
  WritePointResponseData,
  WritePointStatus,
} from './model.js';
export type { Outcome } from './uplink/pending.js';
