/** Document → ResolvedConfig: defaults of the schema, and those that follow from other fields. */
import { normaliseBootstrapServers, parseBootstrapServers } from './bootstrap-servers.js';
import { withDefaults } from './defaults.js';
import { DOWNLINK_SLOTS, type DownlinkSlot } from '../api/kinds.js';
import type {
  Complete,
  ResolvedConfig,
  ResolvedDownlink,
  ResolvedHeaders,
  ResolvedMapping,
  ResolvedRoute,
  ResolvedSecurity,
} from './resolved-config.js';
import { DEFAULT_APP_NAME, DEFAULT_DEAD_LETTER_TOPIC } from './names.js';
import { MESSAGE_ID_HEADER } from '../record/outgoing-record.js';
import { resolveStore, type StoreDocument } from './resolve-store.js';
import type { NorthwardConfig } from '../api/config.js';

export type * from './resolved-config.js';

type Document = Complete<NorthwardConfig>;

/** Where the headers are a list, or a yes or no. */
const NO_EXTRAS = { static: {}, messageId: false };

/**
 * Resolves a document whose shape was checked. A document that had problems resolves as well, so that the
 * rules between its other fields can be judged; the result is good for nothing else then.
 */
export function resolveConfig(checked: unknown): ResolvedConfig {
  const { app, connection, uplink, downlink, topics, retryPolicy } = withDefaults(checked) as Document;
  return {
    app: { id: app.id, name: orElse(app.name, DEFAULT_APP_NAME) },
    connection: {
      bootstrapServers: normaliseBootstrapServers(parseBootstrapServers(connection.bootstrapServers)),
      clientId: connection.clientId ?? `ng-gateway-app-${app.id}`,
      security: resolveSecurity(connection.security),
      properties: connection.properties,
    },
    uplink: {
      ...uplink,
      dataGap: { ...uplink.dataGap, payload: unpacked(uplink.dataGap.payload) },
      headers: resolveHeaders(uplink.headers),
      store: uplink.store === null ? null : resolveStore(uplink.store, app.id),
    },
    downlink: resolveDownlink(downlink, app.id),
    topics,
    retryPolicy,
  };
}

/** `uplink.store` as a document has it, with the defaults of the schema. */
export function storeIn(checked: unknown): StoreDocument | null {
  return (withDefaults(checked) as Document).uplink.store;
}

/** What tells of gaps is never packed. */
function unpacked(payload: Document['uplink']['dataGap']['payload']): ResolvedMapping['payload'] {
  return payload.mode === 'mapped_json' ? { ...payload, pack: null } : payload;
}

function orElse(text: string, fallback: string): string {
  return text.trim() === '' ? fallback : text;
}

function resolveSecurity(security: Document['connection']['security']): ResolvedSecurity {
  const sasl = 'sasl' in security ? security.sasl : null;
  return {
    protocol: security.protocol,
    tls: 'tls' in security ? security.tls : null,
    // An invalid document may awaited it.
    sasl: sasl === null ? null : resolveSasl(sasl),
  };
}

type SaslDocument = Extract<Document['connection']['security'], { protocol: 'sasl_ssl' }>['sasl'];

function resolveSasl(sasl: SaslDocument): ResolvedSecurity['sasl'] {
  return sasl.mechanism === 'oauthbearer'
    ? { ...sasl, username: null, password: null }
    : { ...sasl, oauthbearer: null };
}

function resolveHeaders(headers: Document['uplink']['headers']): ResolvedHeaders {
  const isObject = typeof headers === 'object' && 'include' in headers;
  const chosen = isObject ? headers : { ...NO_EXTRAS, include: headers };
  const include = typeof chosen.include === 'boolean' ? chosen.include || [] : chosen.include;
  const messageId = chosen.messageId || (include !== true && include.includes(MESSAGE_ID_HEADER));
  return { include, static: chosen.static, messageId };
}

function resolveDownlink(downlink: Document['downlink'], appId: number): ResolvedDownlink {
  const routes = Object.fromEntries(
    DOWNLINK_SLOTS.map((slot) => [slot, { ...downlink[slot], topic: downlink[slot].topic.trim() }]),
  ) as Record<DownlinkSlot, ResolvedRoute>;
  const { enabled, topic } = downlink.deadLetter;
  return {
    ...downlink,
    ...routes,
    groupId: downlink.groupId ?? `ng-gateway-plugin-${appId}`,
    deadLetter: { enabled, topic: orElse(topic.trim(), DEFAULT_DEAD_LETTER_TOPIC) },
  };
}
