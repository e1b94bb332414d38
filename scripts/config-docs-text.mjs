// @ts-check
// The parts of docs/configuration.md that no schema can tell.

export const INTRODUCTION = `# Configuration

<!-- Made from the schema by scripts/generate-config-docs.mjs; do not edit by hand. -->

One JSON document, camelCase keys, snake_case values. The smallest one that runs:

\`\`\`json
{
  "connection": { "bootstrapServers": "127.0.0.1:9092", "security": { "protocol": "plaintext" } },
  "uplink": {
    "enabled": true,
    "telemetry": { "enabled": true, "topic": "ng.uplink.telemetry", "key": "{{device_id}}",
                   "payload": { "mode": "envelope_json" } }
  },
  "downlink": { "enabled": false }
}
\`\`\`

\`createKafkaNorthward(config, { app, retryPolicy })\` takes the document; \`app\` and \`retryPolicy\` given beside it win over
those in it. The JSON Schema (draft 07) has title, description
and default of every field, and unions told apart by \`mode\`, \`protocol\` and \`mechanism\`. It is published twice:

- \`ng-kafka-northward/config.schema.json\`, for editors and for checking documents: takes what the library takes. What a
  form left behind for another mode or protocol is ignored, with a warning (\`northward.warnings\`). Editors find it where the
  document says \`"$schema": "./node_modules/ng-kafka-northward/dist/config.schema.json"\`.
- \`ng-kafka-northward/config.form.schema.json\`, for building forms: each variant has its own fields and no others.

## Ways to write it

As a literal: the compiler refuses a misspelt key or value. In a file of its own, \`defineConfig()\` has it checked there:

\`\`\`ts
// northward.config.ts
import { defineConfig } from 'ng-kafka-northward';

export const config = defineConfig({
  connection: { bootstrapServers: '127.0.0.1:9092' },
  uplink: { telemetry: { enabled: true, topic: 'plant.telemetry' } },
  downlink: { enabled: false },
});
\`\`\`

As JSON in a file or a text. Comments and commas at the end of lists are allowed, and a key that stands there twice is refused.
Everything that is wrong has its line and column; the problems of the content are found by \`createKafkaNorthward()\`:

\`\`\`ts
import { createKafkaNorthward, loadConfigFile, parseConfigText } from 'ng-kafka-northward';

const northward = createKafkaNorthward(await loadConfigFile('northward.json'));

const text = '{ "connection": { "bootstrapServers": "127.0.0.1:9092" } } // from a database, say';
const other = createKafkaNorthward(parseConfigText(text, { source: 'plant 7' }));
\`\`\`

\`\`\`text
Invalid configuration in northward.json, 1 problem:
  uplink.telemetry.topc (line 6, column 37): unknown key; did you mean topic?
\`\`\`

As imported JSON, or as anything else that the compiler cannot check (a value of type \`unknown\`; an import of JSON, where
\`protocol\` is any string): \`asConfig()\` says that it is meant. It checks nothing and gives back what it takes:

\`\`\`ts fragment
import { asConfig, createKafkaNorthward } from 'ng-kafka-northward';
import document from './northward.json' with { type: 'json' };

const northward = createKafkaNorthward(asConfig(document));
\`\`\`

However it is written, everything is checked at run time. A wrong configuration is refused with one \`CONFIG_INVALID\` error. Its \`problems\` hold **every** problem, each with
its path in the document, what was expected, what was found and, for a misspelt key or value, the nearest valid
one. The value of a secret is never shown; neither is anything under an unknown key, nor a value in a
pass-through map.

Blank optional strings count as absent, but for \`endpointIdentificationAlgorithm\`, where \`""\` means \`none\`. A blank
topic is a mistake; a blank key template means "no key".
`;

export const RULES = `## Rules between fields

These are errors:

- \`app.id\` is required when a downlink route is enabled and \`downlink.groupId\` is not set: two applications with the
  same id share one consumer group and take each other's commands.
- \`bootstrapServers\`: each entry is \`host\`, \`host:port\` or \`[IPv6]:port\`; a \`PROTOCOL://\` before it must be
  \`security.protocol\`.
- \`sasl\` is required with \`sasl_plaintext\` and \`sasl_ssl\`; \`username\` and \`password\` with plain and scram;
  \`oauthbearer\` with its mechanism, with a token endpoint that is a URL.
- A client certificate needs its key.
- \`enableIdempotence\` needs \`acks\` \`all\` and \`maxInflight\` of at most 5.
- \`lingerMs\` is less than \`messageTimeoutMs\`, unless that is 0 (no limit). With a store it is a warning.
- The document has at most 50,000 values, 4,194,304 characters and 64 levels; \`bootstrapServers\` at most 1,000.
- A topic template is not blank; topic and key templates parse and name known helpers only.
- \`kv\` and \`timeseries_rows\` are for \`telemetry\` and \`attributes\` only.
- \`mapped_json\` has at least one rule, none with a blank path or expression, and every JMESPath expression parses. A path
  has at most 64 segments, an expression 65,536 characters.
- The topic of a route is exact: no \`{{\`, \`}}\`, \`*\`, \`re:\`, \`regex:\` or \`^\`, and a name that Kafka allows. So is the
  dead-letter topic, which no route may read.
- Routes on one topic have the same \`ackPolicy\` and the same \`failurePolicy\`.
- \`payload.pack\` does not stand at a response. \`maxEvents\` and \`maxBytes\` are within \`uplink.queue\`, \`maxBytes\` is at most librdkafka's
  \`message.max.bytes\` (1000000 unless set), and \`maxWaitMs\` at most \`messageTimeoutMs\`, unless that is 0.
- \`redelivery.then\` \`dead_letter\` needs \`deadLetter.enabled\`.
- \`maxBackoffMs\` is at least \`initialBackoffMs\`; \`maxIntervalMs\` at least \`initialIntervalMs\`.
- A librdkafka property that the library owns does not stand in a pass-through map.
- \`store.path\` is not blank. A relative one needs a working directory that is still there.
- The name of a lane has letters, digits, \`-\` and \`_\`, starts with a letter and has at most 40 characters. It is none that
  Windows keeps for itself (\`con\`, \`nul\`, …), and differs from the others by more than case. There are at most 16 lanes.
- No kind is in two lanes; no lane is larger than the store.
- \`storeAfterMs\` of the store and of each lane is less than \`messageTimeoutMs\`, unless that is 0, and \`maxAgeMs\` is more than
  \`storeAfterMs\` and \`commitIntervalMs\` together.
- \`onFatal\` \`fail\` does not go with a store, which keeps what was not acknowledged.
- A key that is not known is an error, or a warning with \`createKafkaNorthward(config, { unknownKeys: 'warn' })\`.

Topics, templates, expressions and policies of a slot are judged only where the slot and its master switch
(\`uplink.enabled\`, \`downlink.enabled\`) are on. Types and names are judged everywhere.

## Warnings

These are told, not refused:

- A known key that does not apply: \`tls\` or \`sasl\` with another protocol, \`includeMeta\` or \`config\` left over from
  another payload mode. It is ignored.
- \`mapped_json\` without a filter on a topic that another route reads too.
- \`requestTimeoutMs\` above \`messageTimeoutMs\`, without a store.
- A client key without its certificate.
- \`store.path\`: relative (the warning shows the folder), in a place of temporary files (\`/tmp\`, \`/dev/shm\`, …), or with something
  that looks as if it were to be filled in (\`~/\`, \`\${NAME}\`).
- A lane that takes no kind. Responses or dead letters in a lane that is evicted by size.
- Kinds with a key that share a topic template over two lanes: order per key holds within a lane.
- \`commitIntervalMs\` longer than \`storeAfterMs\`, or above 1000 with \`storeAfterMs\` 0; both together not below \`messageTimeoutMs\`.
- \`store.maxBytes\` less than \`queue.maxBytes\` and a segment (a 64th, at most 8 MiB); \`minFreeBytes\` below 16 MiB; a \`maxAgeMs\`
  below a minute.
- \`acks\` \`none\` with a store; \`message_id\` or \`dataGap\` without one.
- A name in \`uplink.headers\` that no header has; a variable in a template that no event has.

## A store

\`uplink.store\` is the folder, and what differs from the defaults:

\`\`\`json uplink.store
{ "path": "/var/lib/gateway/kafka" }
\`\`\`

Lanes are laid over the three that are always there. Here alarms are kept for a month, and telemetry, which is worth less after
a day, has a bound of its own and goes to disk in larger steps:

\`\`\`json uplink.store
{
  "path": "/var/lib/gateway/kafka",
  "commitIntervalMs": 1000,
  "lanes": {
    "critical": { "maxAgeMs": 2592000000 },
    "telemetry": { "maxAgeMs": 86400000, "maxBytes": 536870912, "storeAfterMs": 5000 }
  }
}
\`\`\`

| lane | kinds | \`storeAfterMs\` | evicted by size |
| --- | --- | --- | --- |
| \`critical\` | \`alarm\`, \`rpc_response\`, \`write_point_response\`, \`dead_letter\` | 0 | never |
| \`state\` | \`device_connected\`, \`device_disconnected\`, \`attributes\` | of the store | second last |
| \`telemetry\` | \`telemetry\` | of the store | first |

A lane of your own comes after these and goes first when space is short; a kind that it names leaves the lane where it was:

\`\`\`json uplink.store
{ "path": "/var/lib/gateway/kafka", "lanes": { "bulk": { "kinds": ["telemetry"], "maxBytes": 268435456 } } }
\`\`\`

Kafka keeps the order of one key, and so does a lane; between two lanes there is none. Each application has a folder of its own
in \`path\`, \`app-{app.id}\`, which nobody else may use at the same time.

## Secrets

\`password\`, \`keyPassword\`, \`keyPem\` and \`clientSecret\` hold the secret itself, or say where it is:

\`\`\`json connection.security
{ "protocol": "sasl_ssl", "sasl": { "username": "gateway", "password": { "env": "KAFKA_PASSWORD" } } }
\`\`\`

\`\`\`json connection.security
{ "protocol": "sasl_ssl", "sasl": { "username": "gateway", "password": { "file": "/run/secrets/kafka-password" } } }
\`\`\`

References are read when a client is created, and again after an authentication or TLS failure, so that a rotated
secret is taken up without a restart. One newline at the end of a file is cut off. A reference that cannot be read, or
that is empty, is a \`SECRET_UNAVAILABLE\` error, which names the variable or the file.

## Pass-through

\`connection.properties\` goes to both clients, \`uplink.producer.properties\` and \`downlink.consumer.properties\` to one
of them, and win over \`connection.properties\`. They take any librdkafka property by its own name, such as
\`"socket.keepalive.enable": true\`, but for those that the library sets itself. Of the consumer's settings, these
have another default than in librdkafka and may be set: \`partition.assignment.strategy\` (\`cooperative-sticky\`),
\`fetch.queue.backoff.ms\` (10), \`queued.min.messages\` (20000), \`queued.max.messages.kbytes\` (half of
\`downlink.maxQueuedBytes\`, at most 16384), \`fetch.message.max.bytes\` (a 128th of it, from 16384 to 262144),
\`topic.metadata.refresh.interval.ms\` (10000).
`;
