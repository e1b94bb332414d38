/**
 * `ng-kafka-northward/testing`: what consumer projects test with. The native client is loaded by the embedded
 * broker only.
 *
 * @module ng-kafka-northward/testing
 */
export type { CommandToSend, RpcResponseToSend, SendOptions, WritePointToSend } from './commands.js';
export { MEMORY_CONFIG } from './default-config.js';
export type { RecordToDeliver, SentRecord } from './deliver.js';
export { startEmbeddedBroker, type EmbeddedBroker, type EmbeddedBrokerOptions } from './embedded-broker.js';
export { TestDoubleError, type TestDoubleErrorCode } from './faults.js';
export type { DeliveryFault, FailOptions } from './faults.js';
export type { DiskCall } from './memory-disk-life.js';
export { createMemoryDisk, type Damage, type DamageOptions, type MemoryDisk } from './memory-disk.js';
export { createMemoryNorthward, type MemoryNorthward, type MemoryOptions } from './memory-northward.js';
export type { ConnectionFault } from './memory-world.js';
export type { SentOutcome } from './outcomes.js';
export type { DeadLetteredRecord, MemoryRecord, PublishedRecord, RawBytes } from './records.js';
