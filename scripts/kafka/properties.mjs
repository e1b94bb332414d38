// @ts-check
/**
 * @typedef {object} Listener
 * @property {string} name Upper case, for example `TLS`
 * @property {'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'} protocol
 * @property {Readonly<Record<string, string>>} [properties] Lines of this listener, without the prefix
 *   `listener.name.<listener>.`
 * @property {(id: number) => number} [advertisedPort] The port that clients of a node are told, of a proxy say. Default: its own
 *
 * @typedef {object} NodeAddress
 * @property {number} id
 * @property {number} controllerPort
 * @property {Readonly<Record<string, number>>} ports By listener name
 *
 * @typedef {object} ClusterShape
 * @property {readonly NodeAddress[]} addresses
 * @property {readonly Listener[]} listeners
 * @property {boolean} autoCreateTopics
 * @property {boolean} shortLived
 * @property {Readonly<Record<string, string>>} properties
 */

/** The listener that every cluster has, and that its own tools use. */
export const PLAIN = 'PLAINTEXT';

/**
 * The server.properties of one node (KRaft, combined mode, loopback only).
 * @param {NodeAddress} self
 * @param {string} dataFolder
 * @param {ClusterShape} shape
 */
export function serverProperties(self, dataFolder, shape) {
  const count = shape.addresses.length;
  const replicas = String(Math.min(3, count));
  const minInSync = count >= 3 ? '2' : '1';
  const entries = {
    'process.roles': 'broker,controller',
    'node.id': String(self.id),
    'controller.quorum.voters': shape.addresses.map((a) => `${a.id}@127.0.0.1:${a.controllerPort}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    ...listenerEntries(self, shape.listeners),
    'log.dirs': dataFolder,
    'auto.create.topics.enable': String(shape.autoCreateTopics),
    'num.partitions': '1',
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '5',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.num.partitions': '5',
    'transaction.state.log.min.isr': minInSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.min.isr': minInSync,
    'group.initial.rebalance.delay.ms': '0',
    ...sessionEntries(count === 1 && shape.shortLived),
    ...shape.properties,
  };
  return `${Object.entries(entries)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

/** @param {boolean} quick */
function sessionEntries(quick) {
  // A killed broker may register again only when its former session is over: so long it takes to come back at the least.
  // Nobody takes over from the only one, so nothing is decided too early where the machine is slow.
  if (quick) return { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' };
  // A killed broker is noticed, and its partitions get another leader, within six seconds rather than nine.
  return { 'broker.session.timeout.ms': '6000', 'broker.heartbeat.interval.ms': '1000' };
}

/**
 * @param {NodeAddress} self
 * @param {readonly Listener[]} listeners
 */
function listenerEntries(self, listeners) {
  const addresses = listeners.map(({ name }) => `${name}://127.0.0.1:${self.ports[name]}`);
  const advertised = listeners.map(
    ({ name, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort?.(self.id) ?? self.ports[name]}`,
  );
  const protocols = listeners.map(({ name, protocol }) => `${name}:${protocol}`);
  /** @type {Record<string, string>} */
  const entries = {
    listeners: [...addresses, `CONTROLLER://127.0.0.1:${self.controllerPort}`].join(','),
    'advertised.listeners': advertised.join(','),
    'inter.broker.listener.name': PLAIN,
    'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', ...protocols].join(','),
  };
  for (const listener of listeners) {
    for (const [key, value] of Object.entries(listener.properties ?? {})) {
      entries[`listener.name.${listener.name.toLowerCase()}.${key}`] = value;
    }
  }
  return entries;
}
