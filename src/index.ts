/**
 * The public names, one by one.
 *
 * @module ng-kafka-northward
 */
export { createKafkaNorthward } from './create.js';
export type { CreateOptions, KafkaNorthward, PingResult, StopReport } from './api.js';
export type {
  Command,
  CommandMeta,
  CommandOf,
  CommandReceivedData,
  CommandReply,
  CommandsOptions,
  DownlinkDataByKind,
  DownlinkEvent,
  DownlinkKind,
  DownlinkPreview,
  DownlinkRecord,
  RecordBytes,
  ReplyByKind,
  ReplyReceipt,
  RpcResponseReceivedData,
  WritePointCommandData,
  WritePointReply,
} from './command-model.js';
export type { ConfigProblem } from './config-problem.js';
export { asConfig, defineConfig, loadConfigFile, parseConfigText } from './config/document.js';
export type { NorthwardConfig } from './config/types.js';
export type {
  CommandNotice,
  DeadLetterEvent,
  DecodeErrorEvent,
  DownlinkEvents,
  DroppedNotice,
  DuplicateNotice,
  LastDecision,
  OffsetHeldEvent,
  OffsetResetEvent,
  PartitionPausedEvent,
  RawRecord,
  RebalanceEvent,
  RecordPlace,
} from './downlink-events.js';
export type { DownlinkCounts, DownlinkMetrics, PartitionLag } from './downlink-metrics.js';
export {
  CommandError,
  ConfigError,
  ConnectionError,
  DecodeError,
  DeliveryError,
  LifecycleError,
  NorthwardError,
  PublishError,
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
export type { Outcome } from './uplink/batch.js';
