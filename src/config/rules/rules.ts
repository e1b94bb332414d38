/** The rules between fields (contract §2). */
import * as connection from './connection.js';
import * as downlink from './downlink.js';
import type { Finding, Rule, RuleInput } from './finding.js';
import * as lanes from './lanes.js';
import * as oversights from './oversights.js';
import * as packing from './packing.js';
import * as producer from './connection.js';
import * as store from './store.js';
import * as uplink from './uplink.js';

const RULES: readonly Rule[] = [
  connection.bootstrapServersRule,
  connection.tlsRule,
  connection.tokenEndpointRule,
  connection.passThroughRule,
  producer.idempotenceRule,
  producer.producerTimesRule,
  uplink.mappingsRule,
  uplink.headersRule,
  packing.packingRule,
  store.storePathRule,
  store.storeTimesRule,
  store.storeSizesRule,
  lanes.laneNamesRule,
  lanes.laneKindsRule,
  lanes.laneTopicsRule,
  store.withStoreRule,
  store.withoutStoreRule,
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
