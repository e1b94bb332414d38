/** The rules between fields (contract §2). */
import * as connection from './rules/connection.js';
import * as downlink from './rules/downlink.js';
import type { Finding, Rule, RuleInput } from './rules/finding.js';
import * as oversights from './rules/oversights.js';
import * as producer from './rules/producer.js';
import * as uplink from './rules/uplink.js';

const RULES: readonly Rule[] = [
  connection.bootstrapServersRule,
  connection.tlsRule,
  connection.tokenEndpointRule,
  connection.passThroughRule,
  producer.idempotenceRule,
  producer.producerTimesRule,
  uplink.mappingsRule,
  uplink.headersRule,
  downlink.appIdRule,
  downlink.routesRule,
  downlink.sharedTopicsRule,
  downlink.redeliveryRule,
  downlink.deadLetterRule,
  producer.retryPolicyRule,
  oversights.nothingEnabledRule,
  oversights.placeholderRule,
];

/** What all the rules found. */
export function judge(input: RuleInput): Finding[] {
  return RULES.flatMap((rule) => rule(input));
}
