import type { NorthwardConfig } from 'ng-kafka-northward';
import { COMMAND_TOPICS } from './platform.js';

/**
 * The demo's own configuration: each kind of event in another of the four payload modes.
 *
 * @param storeFolder where messages wait during an outage; without it there is no store
 */
export function demoConfig(bootstrapServers: string, storeFolder?: string): NorthwardConfig {
  return {
    app: { id: 1, name: 'demo-plant' },
    connection: { bootstrapServers },
    uplink: {
      store: storeFolder === undefined ? null : { path: storeFolder },
      telemetry: { enabled: true, topic: 'demo.telemetry', payload: { mode: 'timeseries_rows' } },
      attributes: { enabled: true, topic: 'demo.attributes', payload: { mode: 'kv' } },
      deviceConnected: { enabled: true, topic: 'demo.online', payload: { mode: 'envelope_json' } },
      deviceDisconnected: {
        enabled: true,
        topic: 'demo.offline',
        payload: {
          mode: 'mapped_json',
          config: {
            state: "'offline'",
            at: 'ts_ms',
            'device.name': 'data.device_name',
            'device.type': 'data.device_type',
          },
        },
      },
      writePointResponse: { enabled: true, topic: COMMAND_TOPICS.written },
      rpcResponse: { enabled: true, topic: COMMAND_TOPICS.done },
    },
    downlink: {
      // Apart from every gateway that reads from the same Kafka.
      groupId: 'ng-kafka-northward-demo',
      // A group of the embedded broker takes no new member for so long (less 1 s) after one has left it.
      consumer: { properties: { 'session.timeout.ms': 6_000 } },
      writePoint: { enabled: true, topic: COMMAND_TOPICS.commands },
      commandReceived: { enabled: true, topic: COMMAND_TOPICS.commands },
      deadLetter: { enabled: true, topic: COMMAND_TOPICS.deadLetter },
    },
  };
}

/** The document of `--config`, with its broker replaced by the one that the demo uses. */
export function withBootstrap(document: NorthwardConfig, bootstrapServers: string): NorthwardConfig {
  // As it is: what the library finds wrong with it then has its line and column.
  if (bootstrapOf(document) === bootstrapServers) return document;
  return { ...document, connection: { ...document.connection, bootstrapServers } };
}

/** The broker that a document names. It has not been checked yet. */
export function bootstrapOf(document: NorthwardConfig | undefined): string | undefined {
  const servers: unknown = document?.connection?.bootstrapServers;
  return Array.isArray(servers) ? servers.join(',') : typeof servers === 'string' ? servers : undefined;
}
