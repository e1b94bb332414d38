/** The rows of the table of errors that tell why a connection fails. */
import { spec, type ErrorSpec } from './error-spec.js';

export const CONNECTION_ERRORS = {
  BROKER_UNREACHABLE: spec(
    true,
    'No broker can be reached.',
    'Check connection.bootstrapServers, the network, and that a broker listens there.',
  ),
  NAME_NOT_RESOLVED: spec(
    true,
    'The host name of a broker does not resolve.',
    'Check the name in connection.bootstrapServers, or the advertised.listeners of the broker, and DNS.',
  ),
  ADVERTISED_UNREACHABLE: spec(
    true,
    'The bootstrap server answers, but the address it advertises cannot be reached.',
    'Set advertised.listeners on the broker to an address that this machine can reach. Or that broker is down, and others are up.',
  ),
  PROTOCOL_MISMATCH: spec(
    true,
    'The broker hung up or spoke another protocol.',
    'Check that connection.security.protocol fits the listener on that port.',
  ),
  TLS_FAILED: spec(
    true,
    'The TLS handshake failed or the TLS material cannot be used.',
    'Check connection.security.tls: the CA, the certificate, the key and the host name.',
  ),
  AUTHENTICATION_FAILED: spec(
    true,
    'The broker refused the credentials or the mechanism.',
    'Check connection.security.sasl: mechanism, username and password.',
  ),
  TOKEN_UNAVAILABLE: spec(
    true,
    'The token server cannot be reached, or has trouble of its own: there is no OAuth token.',
    'Check connection.security.sasl.oauthbearer.tokenEndpointUrl, and that the token server is up. It is asked again every 10 s.',
  ),
  AUTHORIZATION_FAILED: spec(
    true,
    'The broker denies this client an operation on the cluster or the group.',
    'Grant the principal READ on the consumer group to receive commands, IDEMPOTENT_WRITE on the cluster to publish with idempotence.',
  ),
} as const satisfies Record<string, ErrorSpec>;
