// @ts-check
/** What can be done to a cluster by a line of text, so that an outage can be tried by hand or by a script. */

/**
 * @typedef {Pick<import('./cluster.mjs').KafkaCluster, 'nodeIds' | 'kill9' | 'shutDown' | 'freeze' | 'thaw'> & {
 *   node(id: number): Pick<import('./node.mjs').KafkaNode, 'pid' | 'start'> }} Cluster
 */

/** Word → what it does, and how. */
const COMMANDS = {
  stop: /** @type {const} */ (['controlled shutdown', stop]),
  kill: /** @type {const} */ (['kill -9', kill]),
  start: /** @type {const} */ (['on the same port, with the same data', start]),
  restart: /** @type {const} */ (['stop, then start', restart]),
  freeze: /** @type {const} */ (['connections stay open, nothing answers', freeze]),
  thaw: /** @type {const} */ (['go on after freeze', thaw]),
};

export const COMMANDS_HELP = [
  ...Object.entries(COMMANDS).map(([word, [about]]) => `  ${`${word} [NODE]`.padEnd(15)} ${about}`),
  `  ${'quit'.padEnd(15)} stop everything and remove the data, as Ctrl-C does`,
].join('\n');

/**
 * Does what a line says, on one node or, without its number, on all of them. Answers what has been done, or what is
 * wrong with the line.
 * @param {Cluster} cluster
 * @param {string} line
 */
export async function runCommand(cluster, line) {
  const [word = '', node, ...rest] = line.trim().split(/\s+/);
  const [, act] = Object.hasOwn(COMMANDS, word) ? COMMANDS[/** @type {keyof typeof COMMANDS} */ (word)] : [];
  if (act === undefined) return `"${word}" is none of:\n${COMMANDS_HELP}`;
  const ids = node === undefined ? cluster.nodeIds : cluster.nodeIds.filter((id) => String(id) === node);
  if (ids.length === 0 || rest.length > 0) {
    return `after "${word}" comes nothing, or one of ${cluster.nodeIds.join(', ')}`;
  }
  try {
    return await act(cluster, ids);
  } catch (error) {
    return `${word}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** @typedef {readonly number[]} Ids */

/**
 * @param {Cluster} cluster
 * @param {Ids} ids
 */
async function stop(cluster, ids) {
  // A frozen process hears nothing until it goes on.
  await thaw(cluster, ids);
  await Promise.all(ids.map((id) => cluster.shutDown(id)));
  return tell(ids, 'stopped');
}

/**
 * @param {Cluster} cluster
 * @param {Ids} ids
 */
async function kill(cluster, ids) {
  await Promise.all(ids.map((id) => cluster.kill9(id)));
  return tell(ids, 'killed');
}

/**
 * @param {Cluster} cluster
 * @param {Ids} ids
 */
async function start(cluster, ids) {
  const absent = ids.filter((id) => cluster.node(id).pid === undefined);
  if (absent.length === 0) return tell(ids, 'running already');
  await Promise.all(absent.map((id) => cluster.node(id).start()));
  return tell(absent, 'started');
}

/**
 * @param {Cluster} cluster
 * @param {Ids} ids
 */
async function restart(cluster, ids) {
  await stop(cluster, ids);
  return start(cluster, ids);
}

/**
 * @param {Cluster} cluster
 * @param {Ids} ids
 */
async function freeze(cluster, ids) {
  await Promise.all(ids.map((id) => cluster.freeze(id)));
  return tell(ids, 'frozen');
}

/**
 * @param {Cluster} cluster
 * @param {Ids} ids
 */
async function thaw(cluster, ids) {
  await Promise.all(ids.map((id) => cluster.thaw(id)));
  return tell(ids, 'no longer frozen');
}

/**
 * @param {Ids} ids
 * @param {string} what
 */
function tell(ids, what) {
  return `node ${ids.join(', ')}: ${what}`;
}
