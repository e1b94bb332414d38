// @ts-check
/** Three brokers. Gateways reach each of them by a link that can fail; whoever judges reaches them directly. */
import { startCluster } from '../kafka/cluster.mjs';
import { freePorts } from '../kafka/ports.mjs';
import { Link } from './link.mjs';

const EDGE = 'EDGE';
const NODES = /** @type {const} */ (3);

export class Brokers {
  #cluster;
  #links;
  /** What is under way on each node: a kill does not come while it starts. @type {Map<number, Promise<void>>} */
  #busy = new Map();

  /**
   * @param {import('../kafka/cluster.mjs').KafkaCluster} cluster
   * @param {ReadonlyMap<number, Link>} links
   * @param {string} edge
   */
  constructor(cluster, links, edge) {
    this.#cluster = cluster;
    this.#links = links;
    this.edge = edge;
  }

  static async start() {
    const ports = await freePorts(NODES);
    const cluster = await startCluster({
      nodes: NODES,
      listeners: [{ name: EDGE, protocol: 'PLAINTEXT', advertisedPort: (id) => ports[id - 1] ?? 0 }],
      // Deleted topics are gone at once, and a transaction that nobody ends does not hold readers up for long.
      properties: { 'transaction.max.timeout.ms': '30000', 'log.segment.delete.delay.ms': '1000' },
    });
    /** @type {Map<number, Link>} */
    const links = new Map();
    const started = new Brokers(cluster, links, ports.map((port) => `127.0.0.1:${port}`).join(','));
    try {
      for (const id of cluster.nodeIds) {
        const link = new Link(cluster.node(id).address.ports[EDGE] ?? 0);
        links.set(id, link);
        await link.listen(ports[id - 1] ?? 0);
      }
    } catch (error) {
      // Somebody has taken a port meanwhile.
      await started.stop();
      throw error;
    }
    return started;
  }

  /** For whoever judges. */
  get direct() {
    return this.#cluster.bootstrapServers;
  }

  /** @param {number} id */
  dataFolder(id) {
    return this.#cluster.node(id).dataFolder;
  }

  get ids() {
    return this.#cluster.nodeIds;
  }

  /**
   * @param {'kill' | 'shutdown' | 'freeze'} how
   * @param {readonly number[]} nodes
   */
  async away(how, nodes) {
    const act = /** @type {const} */ ({ kill: 'kill9', shutdown: 'shutDown', freeze: 'freeze' })[how];
    await Promise.all(nodes.map((id) => this.#after(id, () => this.#cluster[act](id))));
  }

  /** Whatever they were told before, they run. @param {readonly number[]} [nodes] Default: all */
  async back(nodes = this.ids) {
    await Promise.all(
      nodes.map((id) =>
        this.#after(id, async () => {
          const node = this.#cluster.node(id);
          if (node.pid === undefined) await node.start();
          else await this.#cluster.thaw(id);
        }),
      ),
    );
  }

  /**
   * @param {readonly number[]} nodes
   * @param {import('./link.mjs').LinkState} state
   * @param {boolean} [resets]
   */
  link(nodes, state, resets) {
    for (const id of nodes) this.#links.get(id)?.set(state, resets);
  }

  async stop() {
    for (const link of this.#links.values()) link.close();
    await this.#cluster.stop();
  }

  /** @param {number} id @param {() => Promise<void>} change */
  #after(id, change) {
    const changed = (this.#busy.get(id) ?? Promise.resolve()).then(change);
    this.#busy.set(
      id,
      changed.catch(() => undefined),
    );
    return changed;
  }
}
