/**
 * The public names, one by one.
 *
 * @module ng-kafka-northward
 */
export { createKafkaNorthward } from './create.js';
export { diagnose } from './diagnose.js';
export type { DiagnoseOptions, DiagnosisStep, Finding, FindingStatus } from './api/diagnosis.js';
export type { CreateOptions, KafkaNorthward, PingResult, StopReport } from './api/northward.js';
export type {
  Command,
  CommandMeta,
  CommandOf,
  CommandReceivedData,
  CommandReply,
  CommandsOptions,
  DownlinkDataByKind,
  DownlinkEvent,
  DownlinkPreview,
  DownlinkRecord,
  RecordBytes,
  ReplyByKind,
  ReplyReceipt,
  RpcResponseReceivedData,
  WritePointCommandData,
  WritePointReply,
} from './api/commands.js';
export type { DownlinkKind, UplinkKind } from './api/kinds.js';
export type { ConfigProblem } from './api/config-problem.js';
export { pinoLogger, type PinoLike } from './observability/loggers.js';
export { asConfig, defineConfig, loadConfigFile, parseConfigText } from './config/document.js';
export type { NorthwardConfig } from './api/config.js';
export type {
  CommandNotice,
  DeadLetterEvent,
  DecodeErrorEvent,
  DeliveredEvent,
  DownlinkEvents,
  DroppedNotice,
  DuplicateNotice,
  LastDecision,
  LostEvent,
  OffsetHeldEvent,
  OffsetResetEvent,
  PartitionPausedEvent,
  RawRecord,
  RebalanceEvent,
  RecordPlace,
} from './api/events.js';
export type { DownlinkCounts, DownlinkMetrics, PartitionLag } from './api/metrics.js';
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
} from './api/errors.js';
export type { EventName, Listener, NorthwardEvents, StateEvent, Undelivered } from './api/events.js';
export type { ConnectionState, StateChange } from './api/events.js';
export type { Health, HealthCheck, HealthCheckName, HealthStatus } from './api/health.js';
export type { HistogramSnapshot, Metrics, SideState, UplinkMetrics } from './api/metrics.js';
export type { LossCause, LossEntry, StoreLaneMetrics, StoreMetrics } from './api/store.js';
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
  PublishOptions,
  Receipt,
  RecordPreview,
  RpcResponseData,
  SkippedReceipt,
  StoredReceipt,
  TargetType,
  TelemetryData,
  Timestamp,
  UplinkDataByKind,
  UplinkEvent,
  UplinkPreview,
  Value,
  Values,
  WritePointErrorKind,
  WritePointResponseData,
  WritePointStatus,
} from './api/uplink.js';
export type { Outcome } from './api/uplink.js';
