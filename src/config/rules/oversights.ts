/** What is allowed, and hardly meant. */
import { DOWNLINK_SLOTS, UPLINK_SLOTS } from '../../api/kinds.js';
import type { SecretSource } from '../resolved-config.js';
import { warn } from './finding.js';
import type { Finding, RuleInput } from './finding.js';
import { isUsed } from './uplink.js';

const SECURITY = 'connection.security';

/** `${NAME}`, `$NAME`, `%NAME%`, `{{NAME}}`, `env:NAME`: what other programs fill in. */
const PLACEHOLDER = /^(\$\{[\w.:-]+\}|\$[A-Z_][A-Z0-9_]*|%\w+%|\{\{\s*[\w.]+\s*\}\}|\$?env:\w+)$/;

export function nothingEnabledRule({ config }: RuleInput): Finding[] {
  const { downlink } = config;
  const sends = UPLINK_SLOTS.some((slot) => isUsed(slot, config));
  const reads = downlink.enabled && DOWNLINK_SLOTS.some((slot) => downlink[slot].enabled);
  if (sends || reads) return [];
  const message =
    'no kind is enabled, neither in uplink nor in downlink: nothing is sent or read. Set enabled to true where data is to flow, such as in uplink.telemetry';
  return [warn('uplink', message)];
}

export function placeholderRule({ config }: RuleInput): Finding[] {
  const { tls, sasl } = config.connection.security;
  const secrets: ReadonlyArray<readonly [path: string, secret: SecretSource | null | undefined]> = [
    [`${SECURITY}.sasl.password`, sasl?.password],
    [`${SECURITY}.sasl.oauthbearer.clientSecret`, sasl?.oauthbearer?.clientSecret],
    [`${SECURITY}.tls.keyPassword`, tls?.keyPassword],
    [`${SECURITY}.tls.keyPem`, tls?.keyPem],
  ];
  const message =
    'is a literal text that looks like a placeholder, and is sent as it stands: nothing is filled in. A variable of the environment is given as {"env": "NAME"}';
  // It may be the secret itself, so it is not shown.
  return secrets
    .filter(([, secret]) => typeof secret === 'string' && PLACEHOLDER.test(secret.trim()))
    .map(([path]) => warn(path, message));
}
