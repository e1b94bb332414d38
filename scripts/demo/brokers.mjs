// @ts-check
/** The brokers of the outage demo: one that can be cut off, and one that can be killed. */
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';
import { startCluster } from '../kafka/cluster.mjs';
import { BrokerProxy } from '../kafka/proxy.mjs';
import { PARTITIONS } from '../store/setting.mjs';
import { createTopic } from '../store/topics.mjs';

/**
 * @typedef {object} DemoBroker
 * @property {string} what The way to it, for the first line of the demo
 * @property {string} bootstrapServers The gateway's way to it
 * @property {string} direct A way that is never cut, for the consumer that reads back
 * @property {string} away What the broker is in the outage, in one word
 * @property {number} awaySeconds
 * @property {(topic: string) => Promise<void>} createTopic
 * @property {() => Promise<void>} begin Begins the outage
 * @property {() => Promise<unknown>} end Resolves when the broker takes requests again
 * @property {() => Promise<unknown>} stop
 */

/** The embedded broker, behind a proxy. @returns {Promise<DemoBroker>} */
export async function embeddedBroker() {
  const broker = await startEmbeddedBroker();
  const proxy = new BrokerProxy(broker.bootstrapServers);
  await proxy.start();
  return {
    what: 'through a TCP proxy to an embedded broker',
    bootstrapServers: proxy.bootstrapServers,
    direct: broker.bootstrapServers,
    away: 'cut',
    awaySeconds: 6,
    // It makes topics by itself.
    createTopic: async () => {},
    begin: () => proxy.cut(),
    end: async () => proxy.restore(),
    stop: async () => {
      proxy.stop();
      await broker.stop();
    },
  };
}

/**
 * Apache Kafka; `begin()` is kill -9.
 * @param {import('../kafka/cluster.mjs').KafkaCluster} [running] One that runs, and goes on after `stop()`
 * @returns {Promise<DemoBroker>}
 */
export async function realBroker(running) {
  const cluster = running ?? (await startCluster());
  const { bootstrapServers } = cluster;
  return {
    what: 'to Apache Kafka',
    bootstrapServers,
    direct: bootstrapServers,
    away: 'killed',
    // It needs some more to start.
    awaySeconds: 3,
    createTopic: (topic) => createTopic(bootstrapServers, topic, PARTITIONS),
    begin: () => cluster.kill9(1),
    end: () => cluster.restart(1),
    stop: async () => {
      if (running === undefined) await cluster.stop();
    },
  };
}
