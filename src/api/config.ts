/**
 * What a host writes, as types. Made from the schema by scripts/generate-config-types.mjs; do not edit by hand. After a change of
 * the schema: npx vitest run test/unit/config/types.test.ts --update
 */

/** Which Kafka cluster, and how to reach it. */
export interface ConnectionConfig {
  /**
   * Brokers to ask first: host:port[,host:port…], or a list. The port may be left out (9092); IPv6
   * addresses stand in brackets; PROTOCOL://host is taken where it fits security.protocol. librdkafka:
   * bootstrap.servers.
   */
  readonly bootstrapServers: string | readonly string[];
  /**
   * Name of this client in the logs, quotas and metrics of the brokers. Default: ng-gateway-app-{app.id}.
   * librdkafka: client.id.
   */
  readonly clientId?: string | null;
  /** Protocol, TLS and SASL. */
  readonly security?: SecurityConfig;
  /**
   * Further librdkafka properties for the producer and the consumer. One that the library owns is
   * refused.
   */
  readonly properties?: Properties;
}

/** Protocol, TLS and SASL. */
export type SecurityConfig =
  | {
      /** How to talk to the brokers. librdkafka: security.protocol. Default: "plaintext". */
      readonly protocol?: 'plaintext';
    }
  | {
      /** How to talk to the brokers. librdkafka: security.protocol. */
      readonly protocol: 'ssl';
      /**
       * TLS settings; used with the protocols ssl and sasl_ssl. Without them the trust store of the system is
       * used.
       */
      readonly tls?: TlsConfig | null;
    }
  | {
      /** How to talk to the brokers. librdkafka: security.protocol. */
      readonly protocol: 'sasl_plaintext';
      /** How the client authenticates; required with sasl_plaintext and sasl_ssl. */
      readonly sasl: SaslConfig;
    }
  | {
      /** How to talk to the brokers. librdkafka: security.protocol. */
      readonly protocol: 'sasl_ssl';
      /**
       * TLS settings; used with the protocols ssl and sasl_ssl. Without them the trust store of the system is
       * used.
       */
      readonly tls?: TlsConfig | null;
      /** How the client authenticates; required with sasl_plaintext and sasl_ssl. */
      readonly sasl: SaslConfig;
    };

/** Certificates and checks of the TLS connection. */
export interface TlsConfig {
  /**
   * File or directory with the CA certificates (PEM) that the broker is checked against. Without one the
   * trust store of the system is used. librdkafka: ssl.ca.location.
   */
  readonly caLocation?: string | null;
  /**
   * File with the client certificate (PEM), for mutual TLS. Needs a key. librdkafka:
   * ssl.certificate.location.
   */
  readonly certificateLocation?: string | null;
  /** File with the private key (PEM) of the client certificate. librdkafka: ssl.key.location. */
  readonly keyLocation?: string | null;
  /**
   * Password of the private key. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka:
   * ssl.key.password.
   */
  readonly keyPassword?: SecretConfig | null;
  /**
   * How the host name of the broker is checked against its certificate. null: as librdkafka does (https).
   * "none" or "" switch the check off. librdkafka: ssl.endpoint.identification.algorithm.
   */
  readonly endpointIdentificationAlgorithm?: 'https' | 'none' | '' | null;
  /** The CA certificates as PEM text. librdkafka: ssl.ca.pem. */
  readonly caPem?: string | null;
  /** The client certificate as PEM text. librdkafka: ssl.certificate.pem. */
  readonly certificatePem?: string | null;
  /**
   * The private key as PEM text. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka:
   * ssl.key.pem.
   */
  readonly keyPem?: SecretConfig | null;
}

/** How the client authenticates; required with sasl_plaintext and sasl_ssl. */
export type SaslConfig =
  | {
      /** SASL mechanism. librdkafka: sasl.mechanisms (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512). Default: "plain". */
      readonly mechanism?: 'plain' | 'scram_sha256' | 'scram_sha512';
      /** User name. librdkafka: sasl.username. */
      readonly username: string;
      /** Password. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: sasl.password. */
      readonly password: SecretConfig;
    }
  | {
      /** SASL mechanism. librdkafka: sasl.mechanisms (OAUTHBEARER). */
      readonly mechanism: 'oauthbearer';
      /** Where and how the token is fetched, by the oidc method of librdkafka. */
      readonly oauthbearer: {
        /** URL of the token endpoint. librdkafka: sasl.oauthbearer.token.endpoint.url. */
        readonly tokenEndpointUrl: string;
        /** OIDC client id. librdkafka: sasl.oauthbearer.client.id. */
        readonly clientId: string;
        /**
         * OIDC client secret. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka:
         * sasl.oauthbearer.client.secret.
         */
        readonly clientSecret: SecretConfig;
        /** Scope asked for, words separated by blanks. librdkafka: sasl.oauthbearer.scope. */
        readonly scope?: string | null;
      };
    };

/** A secret: the text itself, or where to read it. */
export type SecretConfig =
  | string
  | {
      /** Name of the environment variable that holds the secret. */
      readonly env: string;
    }
  | {
      /** Path of the file that holds the secret. One newline at its end is cut off. */
      readonly file: string;
    };

/** Gateway to Kafka. */
export interface UplinkConfig {
  /** Master switch of the uplink. Default: true. */
  readonly enabled?: boolean;
  /** Settings of the producer. */
  readonly producer?: ProducerConfig;
  /** A device came online. */
  readonly deviceConnected?: MappingConfig;
  /** A device went offline. */
  readonly deviceDisconnected?: MappingConfig;
  /** Measured values of a device. */
  readonly telemetry?: MappingConfig;
  /** Attributes of a device. */
  readonly attributes?: MappingConfig;
  /** An alarm of a device was raised or cleared. */
  readonly alarm?: MappingConfig;
  /** The answer to a command. */
  readonly rpcResponse?: MappingConfig;
  /** The answer to a write point. */
  readonly writePointResponse?: MappingConfig;
  /**
   * The store lost messages: what, how many and why. It is sent by the library, after what came before
   * the gap.
   */
  readonly dataGap?: DataGapConfig;
  /**
   * Headers of each record: true (all but message_id), false (none), a list of names, or an object with
   * "include", "static" and "messageId". Fewer headers are faster. Default: true.
   */
  readonly headers?:
    | boolean
    | readonly string[]
    | {
        /** true: all but message_id, false: none, or the names of those wanted. Default: true. */
        readonly include?: boolean | readonly string[];
        /** Further headers with fixed values, added to every record. */
        readonly static?: { readonly [name: string]: string };
        /**
         * Add message_id, which only a store gives: by it readers drop what arrives twice. The same as its name
         * in the list. Default: false.
         */
        readonly messageId?: boolean;
      };
  /**
   * What becomes of characters that Kafka does not allow in a topic name: sanitize replaces them by _,
   * sanitize_hash also appends a hash so that different names stay apart, reject refuses the event.
   * Default: "sanitize".
   */
  readonly topicPolicy?: 'sanitize' | 'sanitize_hash' | 'reject';
  /** How data_type is written: its name, or its numeric code. Default: "name". */
  readonly dataTypeFormat?: 'name' | 'code';
  /** Bounds on messages accepted and not yet acknowledged. */
  readonly queue?: {
    /** Most messages accepted and not yet acknowledged. Range: 1 to 2147483647. Default: 20000. */
    readonly maxMessages?: number;
    /**
     * Most bytes of messages accepted and not yet acknowledged. Range: 1 to 9007199254740991. Default:
     * 67108864.
     */
    readonly maxBytes?: number;
    /**
     * reject: refuse the new message; wait: let up to maxMessages callers wait, first in first out, up to
     * waitMs; drop_oldest: drop the oldest message not yet handed to librdkafka, with an error to its
     * caller. Default: "reject".
     */
    readonly whenFull?: 'reject' | 'wait' | 'drop_oldest';
    /** How long a caller waits with whenFull wait, in milliseconds. Range: 0 to 2147483647. Default: 1000. */
    readonly waitMs?: number;
  };
  /**
   * resend: a new producer sends again, in order, what was not acknowledged (receipts say
   * maybeDuplicate); fail: those messages are rejected as unknown. Default: "resend".
   */
  readonly onFatal?: 'resend' | 'fail';
  /**
   * Keeps on disk what Kafka does not take at the moment, over outages, restarts and power cuts. null:
   * nothing is kept on disk.
   */
  readonly store?: StoreConfig | null;
}

/** Settings of the producer. */
export interface ProducerConfig {
  /**
   * Brokers recognise what is sent again: each record is stored once, but for receipts that say
   * maybeDuplicate, and in order per partition. Needs acks all and maxInflight of at most 5. librdkafka:
   * enable.idempotence. Default: true.
   */
  readonly enableIdempotence?: boolean;
  /**
   * Who must have a record before it counts as delivered: none, one (the leader), all (in-sync replicas).
   * librdkafka: acks (0, 1, -1). Default: "all".
   */
  readonly acks?: 'none' | 'one' | 'all';
  /** Codec for record batches. librdkafka: compression.type. Default: "lz4". */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /**
   * How long to wait for more records for a batch, in milliseconds. Below messageTimeoutMs. librdkafka:
   * linger.ms. Range: 0 to 900000. Default: 5.
   */
  readonly lingerMs?: number;
  /** Most records in a batch. librdkafka: batch.num.messages. Range: 1 to 1000000. Default: 1000. */
  readonly batchNumMessages?: number;
  /** Most bytes in a batch. librdkafka: batch.size. Range: 1 to 2147483647. Default: 131072. */
  readonly batchSizeBytes?: number;
  /**
   * How long a record may wait for its acknowledgement, in milliseconds, from its acceptance; then it is
   * rejected with a retryable error. 0: no limit. librdkafka: message.timeout.ms. Range: 0 to 2147483647.
   * Default: 30000.
   */
  readonly messageTimeoutMs?: number;
  /**
   * How long a broker may take to acknowledge one produce request, in milliseconds. librdkafka:
   * request.timeout.ms. Range: 1 to 900000. Default: 10000.
   */
  readonly requestTimeoutMs?: number;
  /**
   * Most unanswered requests per connection. At most 5 with idempotence. librdkafka:
   * max.in.flight.requests.per.connection. Range: 1 to 1000000. Default: 5.
   */
  readonly maxInflight?: number;
  /**
   * How the partition is chosen from the key; murmur2_random is what Java clients do. librdkafka:
   * partitioner. Default: "consistent_random".
   */
  readonly partitioner?:
    'random' | 'consistent' | 'consistent_random' | 'murmur2' | 'murmur2_random' | 'fnv1a' | 'fnv1a_random';
  /**
   * Once there are more topics than this, further ones go to clients of their own: librdkafka goes
   * through all topics that a client knows for each record. null: all go to one client. Default: 256.
   */
  readonly topicsPerClient?: number | null;
  /**
   * Most producer clients, where topics are spread; beyond it topics share them. Each takes four threads
   * or more, and a connection to each broker. Range: 3 to 1000. Default: 32.
   */
  readonly maxClients?: number;
  /**
   * A client whose topics had no message for this time is closed, and its topics forgotten, in
   * milliseconds. The first client stays. Range: 1000 to 2147483647. Default: 600000.
   */
  readonly topicIdleMs?: number;
  /** Further librdkafka properties for the producer only. One that the library owns is refused. */
  readonly properties?: Properties;
}

/** Properties of librdkafka, handed through as they are. */
export type Properties = { readonly [name: string]: string | number | boolean };

/** A store on disk for what Kafka does not take at the moment. */
export interface StoreConfig {
  /**
   * Parent folder. The application has its own in it, app-{app.id}, which is made when it is missing. A
   * relative path is taken from the working directory, with a warning.
   */
  readonly path: string;
  /**
   * A message without a report from Kafka after this time goes to disk, in milliseconds. 0: every message
   * is on disk before it is sent. Range: 0 to 2147483647. Default: 1000.
   */
  readonly storeAfterMs?: number;
  /**
   * Shortest time between the starts of two commits of a lane, in milliseconds; 20 for critical. Longer
   * wears the disk less. Range: 1 to 600000. Default: 200.
   */
  readonly commitIntervalMs?: number;
  /** Most bytes on disk, all lanes together. Range: 1048576 to 9007199254740991. Default: 1073741824. */
  readonly maxBytes?: number;
  /**
   * How long a message is worth keeping, in milliseconds; then it is lost as expired. Range: 1 to
   * 9007199254740991. Default: 604800000.
   */
  readonly maxAgeMs?: number;
  /** Free space that the disk keeps for others. Range: 0 to 9007199254740991. Default: 268435456. */
  readonly minFreeBytes?: number;
  /**
   * drop_oldest: the oldest messages of the least important lane are lost, and counted; reject_new: a new
   * message is refused with STORE_FULL. The lane critical always refuses. Default: "drop_oldest".
   */
  readonly whenFull?: 'drop_oldest' | 'reject_new';
  /**
   * Queues on disk by name, laid over the three that are always there: critical (alarms, responses, dead
   * letters), state (online, offline, attributes), telemetry. Further ones come after these; the last one
   * is the least important.
   */
  readonly lanes?: { readonly [name: string]: LaneConfig };
  /** How what waits on disk is sent when Kafka is back. */
  readonly replay?: {
    /**
     * per_key: live messages with a key wait on disk behind the backlog of their lane, so that order per
     * key holds; live_first: they do not wait, and what is sent from disk has the header replayed. Default:
     * "per_key".
     */
    readonly order?: 'per_key' | 'live_first';
    /**
     * Most of the messages on their way that may come from disk while live ones wait, as a part of 1. When
     * none wait, all of it. Range: 0.01 to 1. Default: 0.25.
     */
    readonly share?: number;
  };
  /** Deflate what is written: less wear, more work. Default: false. */
  readonly compress?: boolean;
  /** Take a network file system (NFS, SMB) too. What it says is on disk may not be. Default: false. */
  readonly allowNetworkFs?: boolean;
}

/** A queue on disk, with bounds of its own. */
export interface LaneConfig {
  /**
   * Kinds that this lane takes. What no lane names stays where it is by default; a kind in two lanes is
   * an error.
   */
  readonly kinds?: readonly (
    | 'telemetry'
    | 'attributes'
    | 'device_connected'
    | 'device_disconnected'
    | 'alarm'
    | 'rpc_response'
    | 'write_point_response'
    | 'dead_letter'
  )[];
  /** As uplink.store.storeAfterMs, for this lane. null: as there; 0 for critical. */
  readonly storeAfterMs?: number | null;
  /** Most bytes of this lane on disk. null: no bound of its own but uplink.store.maxBytes. */
  readonly maxBytes?: number | null;
  /** How long a message of this lane is worth keeping, in milliseconds. null: as uplink.store.maxAgeMs. */
  readonly maxAgeMs?: number | null;
}

/** The slot of one kind of uplink event. */
export interface MappingConfig {
  /** Whether events of this kind are sent. Default: false. */
  readonly enabled?: boolean;
  /** Handlebars template of the topic. Default: "ng.uplink.{{event_kind}}.{{device_name}}". */
  readonly topic?: string;
  /** Handlebars template of the record key. Blank, or rendered blank: no key. Default: "{{device_id}}". */
  readonly key?: string;
  /** How the record value is built. */
  readonly payload?: UplinkPayloadConfig;
}

/** How the record value is built. */
export type UplinkPayloadConfig =
  | {
      /** How the record value is built from the event, or the event from it. */
      readonly mode: 'envelope_json';
    }
  | {
      /** How the record value is built from the event, or the event from it. */
      readonly mode: 'kv';
      /** Add the data type of each point where the host knows it. Default: false. */
      readonly includeMeta?: boolean;
      /** Several events of a device in one record, which is an array then. null: one event a record. */
      readonly pack?: PackingConfig | null;
    }
  | {
      /** How the record value is built from the event, or the event from it. */
      readonly mode: 'timeseries_rows';
      /** Add the data type of each point where the host knows it. Default: false. */
      readonly includeMeta?: boolean;
      /** Several events of a device in one record, which is an array then. null: one event a record. */
      readonly pack?: PackingConfig | null;
    }
  | {
      /** How the record value is built from the event, or the event from it. */
      readonly mode: 'mapped_json';
      /** Output path → JMESPath expression. A path is split at its dots. At least one rule is needed. */
      readonly config: { readonly [name: string]: string };
      /** Several events of a device in one record, which is an array then. null: one event a record. */
      readonly pack?: PackingConfig | null;
    };

/** When a record with several events is complete: the first bound that is reached decides. */
export interface PackingConfig {
  /** Most events in one record. Range: 1 to 1000. Default: 20. */
  readonly maxEvents?: number;
  /**
   * Most bytes of the value of a record with several events. A larger event has a record of its own.
   * Range: 1024 to 1073741824. Default: 65536.
   */
  readonly maxBytes?: number;
  /**
   * How long the first event of a record waits for others, in milliseconds. It comes on top of lingerMs.
   * Range: 1 to 60000. Default: 20.
   */
  readonly maxWaitMs?: number;
}

/**
 * The store lost messages: what, how many and why. It is sent by the library, after what came before
 * the gap.
 */
export interface DataGapConfig {
  /** Whether events of this kind are sent. Default: false. */
  readonly enabled?: boolean;
  /** Handlebars template of the topic. Default: "ng.uplink.{{event_kind}}". */
  readonly topic?: string;
  /** Handlebars template of the record key. Blank, or rendered blank: no key. Default: "{{lane}}". */
  readonly key?: string;
  /** How the record value is built. */
  readonly payload?:
    | {
        /** How the record value is built from the event, or the event from it. */
        readonly mode: 'envelope_json';
      }
    | {
        /** How the record value is built from the event, or the event from it. */
        readonly mode: 'mapped_json';
        /** Output path → JMESPath expression. A path is split at its dots. At least one rule is needed. */
        readonly config: { readonly [name: string]: string };
      };
}

/**
 * How topics are made that are missing: by npx ng-kafka-northward topics --create, or while publishing.
 * Topics that exist are left as they are.
 */
export interface TopicsConfig {
  /**
   * A topic that is found missing while publishing is made, and its messages are sent then. For topics by
   * hour or by device on brokers without auto-creation. Needs the right CREATE. Topics of commands are
   * never made. Default: false.
   */
  readonly create?: boolean;
  /** Partitions of a topic that is made. null: as many as the brokers give by default (num.partitions). */
  readonly partitions?: number | null;
  /**
   * On how many brokers each partition is kept. null: as the brokers do by default
   * (default.replication.factor).
   */
  readonly replicationFactor?: number | null;
  /**
   * How long records are kept, in milliseconds; -1: without end. null: as the brokers do by default
   * (log.retention.ms). Kafka: retention.ms.
   */
  readonly retentionMs?: number | null;
}

/** Kafka to gateway. */
export interface DownlinkConfig {
  /** Master switch of the downlink. Default: true. */
  readonly enabled?: boolean;
  /** Consumer group. Default: ng-gateway-plugin-{app.id}, which needs app.id. librdkafka: group.id. */
  readonly groupId?: string | null;
  /**
   * Where to start in a partition without a committed offset. librdkafka: auto.offset.reset. Default:
   * "latest".
   */
  readonly autoOffsetReset?: 'latest' | 'earliest';
  /**
   * Name of this member for static membership: a restart within the session time-out moves no partitions.
   * Unique in the group. librdkafka: group.instance.id.
   */
  readonly groupInstanceId?: string | null;
  /** Most events that wait for the host. Range: 1 to 2147483647. Default: 1000. */
  readonly maxQueued?: number;
  /** Most bytes of events that wait for the host. Range: 1 to 2147483647. Default: 33554432. */
  readonly maxQueuedBytes?: number;
  /** What becomes of events past their time. */
  readonly expired?: {
    /**
     * A command past timestamp + timeout_ms: drop it (with an event) or deliver it all the same. Default:
     * "drop".
     */
    readonly commandReceived?: 'drop' | 'deliver';
    /**
     * A write point past timestamp + timeout_ms: drop it (with an event) or deliver it all the same; its
     * time-out then counts from the hand-over. Default: "deliver".
     */
    readonly writePoint?: 'drop' | 'deliver';
  };
  /** What happens when the host fails on an event (ackPolicy on_success). */
  readonly redelivery?: {
    /**
     * How often an event is handed to the host, the first time included. Range: 1 to 2147483647. Default:
     * 5.
     */
    readonly maxAttempts?: number;
    /**
     * Wait before the second attempt, in milliseconds; doubled each time. Range: 0 to 2147483647. Default:
     * 500.
     */
    readonly initialBackoffMs?: number;
    /**
     * Longest wait between attempts, in milliseconds; not below initialBackoffMs. Range: 0 to 2147483647.
     * Default: 30000.
     */
    readonly maxBackoffMs?: number;
    /**
     * What becomes of an event whose attempts are spent. null: dead_letter where the dead letter is
     * enabled, else hold with failurePolicy error, else drop.
     */
    readonly then?: 'dead_letter' | 'hold' | 'drop' | null;
  };
  /** A topic for records that cannot be used. */
  readonly deadLetter?: {
    /** Whether such records are kept in a topic of their own. Default: false. */
    readonly enabled?: boolean;
    /** Exact name of the dead-letter topic. Default: "ng.downlink.dead-letter". */
    readonly topic?: string;
  };
  /** Recognise events that were already done, by their id. */
  readonly dedupe?: {
    /** Whether duplicates are recognised. Default: false. */
    readonly enabled?: boolean;
    /**
     * How long the id of a finished event is remembered, in milliseconds. Range: 1 to 2147483647. Default:
     * 600000.
     */
    readonly windowMs?: number;
    /** Most ids remembered. Range: 1 to 2147483647. Default: 10000. */
    readonly maxEntries?: number;
  };
  /** Settings of the consumer. */
  readonly consumer?: {
    /** Further librdkafka properties for the consumer only. One that the library owns is refused. */
    readonly properties?: Properties;
  };
  /** Write a value to a point. */
  readonly writePoint?: RouteConfig;
  /** Execute a command. */
  readonly commandReceived?: RouteConfig;
  /** The platform answers a call of the gateway. */
  readonly rpcResponseReceived?: RouteConfig;
}

/** The slot of one kind of downlink event. */
export interface RouteConfig {
  /** Whether events of this kind are taken. Default: false. */
  readonly enabled?: boolean;
  /** Exact name of the topic; no template, no pattern. Default: "ng.downlink". */
  readonly topic?: string;
  /** How the record value is read. */
  readonly payload?: DownlinkPayloadConfig;
  /**
   * When the offset is committed: on_success (done, ignored, or failed and dropped), always, never.
   * Default: "on_success".
   */
  readonly ackPolicy?: 'on_success' | 'always' | 'never';
  /**
   * What becomes of a record that failed, with on_success: drop commits past it, error holds the offset.
   * Default: "drop".
   */
  readonly failurePolicy?: 'drop' | 'error';
}

/** How the record value is read. */
export type DownlinkPayloadConfig =
  | {
      /** How the record value is built from the event, or the event from it. */
      readonly mode: 'envelope_json';
    }
  | {
      /** How the record value is built from the event, or the event from it. */
      readonly mode: 'mapped_json';
      /** Output path → JMESPath expression. A path is split at its dots. At least one rule is needed. */
      readonly config: { readonly [name: string]: string };
      /** Which records of the topic this route takes. */
      readonly filter?: FilterConfig;
    };

/** Which records of the topic this route takes. */
export type FilterConfig =
  | {
      /** Which records this route takes. */
      readonly mode: 'none';
    }
  | {
      /** Which records this route takes. */
      readonly mode: 'json_pointer';
      /** JSON Pointer (RFC 6901) of the value to compare, such as /type. */
      readonly pointer: string;
      /** The text to compare with; exact. */
      readonly equals: string;
    }
  | {
      /** Which records this route takes. */
      readonly mode: 'property';
      /** Name of the record header. */
      readonly key: string;
      /** The text to compare with; exact. */
      readonly equals: string;
    }
  | {
      /** Which records this route takes. */
      readonly mode: 'key';
      /** The text to compare with; exact. */
      readonly equals: string;
    };

/**
 * What a host writes: everything that has a default may be left out. Every setting is described in
 * docs/configuration.md.
 */
export interface NorthwardConfig {
  /** The application instance that this configuration belongs to. */
  readonly app?: {
    /**
     * Number of the application, in topics, headers and names. Required when a downlink route is enabled
     * and downlink.groupId is not set: applications with one id share a consumer group. Range: 0 to
     * 9007199254740991. Default: 0.
     */
    readonly id?: number;
    /** Name of the application, in templates, headers and payloads. Default: "ng-gateway". */
    readonly name?: string;
  };
  /** Which Kafka cluster, and how to reach it. */
  readonly connection: ConnectionConfig;
  /** Gateway to Kafka. */
  readonly uplink?: UplinkConfig;
  /** Kafka to gateway. */
  readonly downlink?: DownlinkConfig;
  /**
   * How topics are made that are missing: by npx ng-kafka-northward topics --create, or while publishing.
   * Topics that exist are left as they are.
   */
  readonly topics?: TopicsConfig;
  /** When to re-create a client that cannot recover by itself. */
  readonly retryPolicy?: {
    /** Most attempts in a row. 0: never; null: no limit. */
    readonly maxAttempts?: number | null;
    /** Wait before the first attempt, in milliseconds. Range: 1 to 2147483647. Default: 1000. */
    readonly initialIntervalMs?: number;
    /**
     * Longest wait between attempts, in milliseconds; not below initialIntervalMs. Range: 1 to 2147483647.
     * Default: 30000.
     */
    readonly maxIntervalMs?: number;
    /** By how much the interval grows each time; at least 1. Default: 2. */
    readonly multiplier?: number;
    /** By which part an interval varies at random, 0 to 1. Range: 0 to 1. Default: 0.2. */
    readonly randomizationFactor?: number;
    /** Give up after this time, in milliseconds. null: no limit. */
    readonly maxElapsedTimeMs?: number | null;
  };
  /** Where editors find the JSON Schema of the document. It is not read. */
  readonly $schema?: string | null;
}
