import type { NorthwardConfig } from 'ng-kafka-northward';
import { COMMAND_TOPICS } from './platform.js';

/** The demo's own configuration: each kind of event in another of the four payload modes. */
export function demoConfig(bootstrapServers: string): NorthwardConfig {
  return {
    app: { id: 1, name: 'demo-plant' },
    connection: { bootstrapServers },
    uplink: {
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

/**
 * The document of `--config`, with its broker replaced by the one that the demo uses. It stays `unknown`: what is
 * wrong with it is for the library to say.
 */
export function withBootstrap(document: unknown, bootstrapServers: string): unknown {
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  if (!isObject(document)) return document;
  const connection = 'connection' in document && isObject(document.connection) ? document.connection : {};
  return { ...document, connection: { ...connection, bootstrapServers } };
}

/** The broker that a document names. */
export function bootstrapOf(document: unknown): string | undefined {
  const { connection } = (document ?? {}) as { connection?: { bootstrapServers?: unknown } };
  const servers = connection?.bootstrapServers;
  return Array.isArray(servers) ? servers.join(',') : typeof servers === 'string' ? servers : undefined;
}
