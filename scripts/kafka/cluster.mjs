// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quickJvmArgs } from './jars.mjs';
import { KafkaNode } from './node.mjs';
import { freePorts } from './ports.mjs';
import { PLAIN, serverProperties } from './properties.mjs';

/**
 * @typedef {object} ClusterOptions
 * @property {1 | 3} [nodes] Default 1
 * @property {boolean} [autoCreateTopics] Default false: a missing topic stays missing
 * @property {Readonly<Record<string, string>>} [properties] More lines of server.properties; they win
 * @property {readonly import('./properties.mjs').Listener[]} [listeners] Beside the plaintext one
 * @property {readonly string[]} [scram] Users as `SCRAM-SHA-512=[name=bob,password=secret]`
 * @property {readonly string[]} [jvmArgs] More flags of the JVM. Heap: 512 MB for one node, 320 MB each for three
 * @property {boolean} [shortLived] For tests: half the time to start, and to come back after a kill; less throughput
 * @property {string} [parent] Folder in which the cluster's own one is made. Default: that of temporary files
 */

/** A running Apache Kafka: one or three nodes on loopback, with everything that it writes in one folder. */
export class KafkaCluster {
  #nodes;
  #janitor;

  /**
   * @param {readonly KafkaNode[]} nodes
   * @param {string} folder
   * @param {import('node:child_process').ChildProcess} janitor
   */
  constructor(nodes, folder, janitor) {
    this.#nodes = nodes;
    this.#janitor = janitor;
    this.folder = folder;
    this.bootstrapServers = this.bootstrapOf(PLAIN);
  }

  /** Ids of the nodes: 1, or 1, 2, 3. */
  get nodeIds() {
    return this.#nodes.map((node) => node.address.id);
  }

  /** @param {string} listener */
  bootstrapOf(listener) {
    return this.#nodes.map(({ address }) => `127.0.0.1:${address.ports[listener]}`).join(',');
  }

  /** @param {number} id */
  node(id) {
    const found = this.#nodes.find((node) => node.address.id === id);
    if (!found) throw new Error(`no Kafka node ${id}`);
    return found;
  }

  /**
   * kill -9; resolves when the process is gone.
   * @param {number} id
   */
  async kill9(id) {
    await this.node(id).signal('SIGKILL');
  }

  /**
   * SIGTERM: a controlled shutdown; resolves when the process is gone.
   * @param {number} id
   */
  async shutDown(id) {
    await this.node(id).signal('SIGTERM');
  }

  /**
   * Starts a node again on its own folder and port (after a controlled shutdown if it is running); resolves when
   * it takes requests.
   * @param {number} id
   */
  async restart(id) {
    await this.shutDown(id);
    await this.node(id).start();
  }

  /**
   * Freezes a node: its connections stay open and nothing answers.
   * @param {number} id
   */
  async freeze(id) {
    await this.node(id).signal('SIGSTOP');
  }

  /** @param {number} id */
  async thaw(id) {
    await this.node(id).signal('SIGCONT');
  }

  /** Ends every process and removes the folder. The data is thrown away anyway: no controlled shutdown. */
  async stop() {
    await Promise.all(this.#nodes.map((node) => node.signal('SIGKILL')));
    if (this.#janitor.exitCode !== null) return;
    const left = once(this.#janitor, 'exit');
    this.#janitor.stdin?.end();
    await left;
  }
}

/**
 * Starts a cluster and waits until every node takes requests.
 * @param {ClusterOptions} [options]
 */
export async function startCluster(options = {}) {
  const listeners = [
    { name: PLAIN, protocol: /** @type {const} */ ('PLAINTEXT') },
    ...(options.listeners ?? []),
  ];
  const count = options.nodes ?? 1;
  const addresses = await chooseAddresses(count, listeners);
  const shape = {
    addresses,
    listeners,
    autoCreateTopics: options.autoCreateTopics ?? false,
    shortLived: options.shortLived ?? false,
    properties: options.properties ?? {},
  };
  const folder = await mkdtemp(path.join(options.parent ?? os.tmpdir(), 'ng-kafka-cluster-'));
  const janitor = startJanitor(folder);
  const nodes = addresses.map(
    (address) =>
      new KafkaNode({
        address,
        folder: path.join(folder, `node-${address.id}`),
        jvmArgs: jvmArgsOf(count, options),
        onChange: (what, pid) => janitor.stdin?.write(`${what} ${pid}\n`),
      }),
  );
  const cluster = new KafkaCluster(nodes, folder, janitor);
  try {
    const clusterId = randomBytes(16).toString('base64url');
    await Promise.all(
      nodes.map((node) =>
        node.format(serverProperties(node.address, node.dataFolder, shape), clusterId, options.scram ?? []),
      ),
    );
    await Promise.all(nodes.map((node) => node.start()));
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/**
 * @param {number} count
 * @param {ClusterOptions} options
 */
function jvmArgsOf(count, { shortLived = false, jvmArgs = [] }) {
  return [count === 1 ? '-Xmx512m' : '-Xmx320m', ...(shortLived ? quickJvmArgs : []), ...jvmArgs];
}

/**
 * @param {number} count
 * @param {readonly import('./properties.mjs').Listener[]} listeners
 */
async function chooseAddresses(count, listeners) {
  const perNode = 1 + listeners.length;
  const ports = await freePorts(count * perNode);
  return Array.from({ length: count }, (_, index) => {
    const [controllerPort = 0, ...own] = ports.slice(index * perNode, (index + 1) * perNode);
    const named = listeners.map(({ name }, i) => /** @type {const} */ ([name, own[i] ?? 0]));
    return { id: index + 1, controllerPort, ports: Object.fromEntries(named) };
  });
}

/** @param {string} folder */
function startJanitor(folder) {
  const script = fileURLToPath(new URL('janitor.mjs', import.meta.url));
  // A session of its own, so that Ctrl-C in the terminal reaches the owner and not the janitor.
  const janitor = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'], detached: true });
  janitor.stdin.write(`folder ${folder}\n`);
  return janitor;
}
