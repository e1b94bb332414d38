import { atLeast, refuse, warn } from './finding.js';
import type { Finding, RuleInput } from './finding.js';

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

export function retryPolicyRule({ config }: RuleInput): Finding[] {
  const { initialIntervalMs, maxIntervalMs } = config.retryPolicy;
  return atLeast(
    ['retryPolicy.maxIntervalMs', maxIntervalMs],
    ['retryPolicy.initialIntervalMs', initialIntervalMs],
  );
}
