import { parseBootstrapServers } from '../bootstrap-servers.js';
import { childPath } from '../path.js';
import { describeValue } from '../describe.js';
import { ownedProperty } from '../owned-properties.js';
import type { Properties, ResolvedTls } from '../resolved-config.js';
import { refuse, warn, type Finding, type RuleInput, atLeast } from './finding.js';

const SERVERS = 'connection.bootstrapServers';
/** A client asks them one after the other; the rest of the cluster it learns from any of them. */
const MOST_SERVERS = 1_000;
const SECURITY = 'connection.security';

export function bootstrapServersRule({ config, bootstrapServers }: RuleInput): Finding[] {
  const entries = parseBootstrapServers(bootstrapServers);
  if (entries.length === 0) {
    return [
      refuse(SERVERS, 'expected host:port[,host:port…]; found nothing', {
        expected: 'host:port[,host:port…]',
        found: 'nothing',
      }),
    ];
  }
  if (entries.length > MOST_SERVERS) {
    const expected = `at most ${MOST_SERVERS} servers`;
    const found = String(entries.length);
    return [refuse(SERVERS, `expected ${expected}; found ${found}`, { expected, found })];
  }
  const { protocol } = config.connection.security;
  return entries.flatMap((entry) => {
    if (!entry.ok) {
      // user:password@host is no address of Kafka, and must not be shown.
      const found = entry.text.includes('@') ? 'an address with @' : describeValue(entry.text);
      return [refuse(SERVERS, `expected ${entry.reason}; found ${found}`, { expected: entry.reason, found })];
    }
    if (entry.protocol === null || entry.protocol === protocol) return [];
    const expected = `the protocol of connection.security.protocol, ${protocol}`;
    return [
      refuse(SERVERS, `expected ${expected}; found ${entry.protocol} in ${entry.address}`, {
        expected,
        found: entry.protocol,
        reads: [`${SECURITY}.protocol`],
      }),
    ];
  });
}

export function tlsRule({ config }: RuleInput): Finding[] {
  const { tls } = config.connection.security;
  if (tls === null) return [];
  const certificate = given(tls, 'certificateLocation', 'certificatePem');
  const key = given(tls, 'keyLocation', 'keyPem');
  const at = `${SECURITY}.tls`;
  const keyPath = `${at}.keyLocation`;
  if (certificate !== undefined && key === undefined) {
    const expected = 'keyLocation or keyPem beside the client certificate';
    return [
      refuse(keyPath, `expected ${expected}; found nothing`, {
        expected,
        found: 'nothing',
        reads: [`${at}.${certificate}`, `${at}.keyPem`],
      }),
    ];
  }
  if (key !== undefined && certificate === undefined) {
    return [
      warn(`${at}.${key}`, 'a client key without its certificate is not used', {
        reads: [`${at}.certificateLocation`, `${at}.certificatePem`],
      }),
    ];
  }
  return [];
}

function given(tls: ResolvedTls, ...names: readonly (keyof ResolvedTls)[]): keyof ResolvedTls | undefined {
  return names.find((name) => tls[name] !== null);
}

export function tokenEndpointRule({ config }: RuleInput): Finding[] {
  const url = config.connection.security.sasl?.oauthbearer?.tokenEndpointUrl;
  // Credentials in a URL would stand in logs.
  if (url === undefined || /^https?:\/\/[^\s/@]+(\/[^\s]*)?$/i.test(url)) return [];
  const expected = 'a URL, https://…, without user and password';
  return [
    refuse(`${SECURITY}.sasl.oauthbearer.tokenEndpointUrl`, `expected ${expected}; found another text`, {
      expected,
      found: 'another text',
    }),
  ];
}

export function passThroughRule({ config }: RuleInput): Finding[] {
  return [
    ...ownedIn('connection.properties', config.connection.properties),
    ...ownedIn('uplink.producer.properties', config.uplink.producer.properties),
    ...ownedIn('downlink.consumer.properties', config.downlink.consumer.properties),
  ];
}

function ownedIn(at: string, properties: Properties): Finding[] {
  return Object.keys(properties).flatMap((name) => {
    const instead = ownedProperty(name);
    if (instead === undefined) return [];
    return [refuse(childPath(at, name), `${name} is set by the library; ${instead}`, { expected: instead })];
  });
}

const AT = 'uplink.producer';
/** librdkafka and the brokers keep the order of an idempotent producer up to this many. */
const MAX_IDEMPOTENT_INFLIGHT = 5;

export function idempotenceRule({ config }: RuleInput): Finding[] {
  const { enableIdempotence, acks, maxInflight } = config.uplink.producer;
  if (!enableIdempotence) return [];
  const findings: Finding[] = [];
  const reads = [`${AT}.enableIdempotence`];
  if (acks !== 'all') {
    const expected = 'all, because enableIdempotence is on';
    findings.push(
      refuse(`${AT}.acks`, `expected ${expected}; found ${acks}`, { expected, found: acks, reads }),
    );
  }
  if (maxInflight > MAX_IDEMPOTENT_INFLIGHT) {
    const expected = `at most ${MAX_IDEMPOTENT_INFLIGHT}, because enableIdempotence is on`;
    const found = String(maxInflight);
    findings.push(
      refuse(`${AT}.maxInflight`, `expected ${expected}; found ${found}`, { expected, found, reads }),
    );
  }
  return findings;
}

export function producerTimesRule({ config }: RuleInput): Finding[] {
  const { lingerMs, requestTimeoutMs, messageTimeoutMs } = config.uplink.producer;
  if (messageTimeoutMs === 0) return [];
  if (config.uplink.store !== null) return promiseTimes(lingerMs, messageTimeoutMs);
  const findings: Finding[] = [];
  const reads = [`${AT}.messageTimeoutMs`];
  if (lingerMs >= messageTimeoutMs) {
    const expected = `less than messageTimeoutMs (${messageTimeoutMs})`;
    const found = String(lingerMs);
    findings.push(
      refuse(`${AT}.lingerMs`, `expected ${expected}; found ${found}`, { expected, found, reads }),
    );
  }
  if (requestTimeoutMs > messageTimeoutMs) {
    const message = `${requestTimeoutMs} is more than messageTimeoutMs (${messageTimeoutMs}): a message ends before its request does`;
    findings.push(warn(`${AT}.requestTimeoutMs`, message, { reads }));
  }
  return findings;
}

/** With a store the client keeps a message for as long as it takes: the time ends promises only. */
function promiseTimes(lingerMs: number, messageTimeoutMs: number): Finding[] {
  if (lingerMs < messageTimeoutMs) return [];
  const message = `${lingerMs} is not less than messageTimeoutMs (${messageTimeoutMs}): each promise ends as stored, before its message is sent`;
  return [warn(`${AT}.lingerMs`, message, { reads: [`${AT}.messageTimeoutMs`] })];
}

export function retryPolicyRule({ config }: RuleInput): Finding[] {
  const { initialIntervalMs, maxIntervalMs } = config.retryPolicy;
  return atLeast(
    ['retryPolicy.maxIntervalMs', maxIntervalMs],
    ['retryPolicy.initialIntervalMs', initialIntervalMs],
  );
}
