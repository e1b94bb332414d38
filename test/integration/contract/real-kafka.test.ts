import { brokerHarness } from '../../contract/broker-harness.js';
import { downlinkContract } from '../../contract/downlink-contract.js';
import { uplinkContract } from '../../contract/uplink-contract.js';
import { startKafka } from '../../support/kafka-cluster.js';

const place = {
  name: 'Apache Kafka',
  concurrent: true,
  start: async () => {
    const kafka = await startKafka();
    const { bootstrapServers } = kafka;
    return brokerHarness({
      bootstrapServers,
      createTopic: (topic) => kafka.createTopic(topic),
      stop: () => kafka.stop(),
    });
  },
};
uplinkContract(place);
downlinkContract(place);
