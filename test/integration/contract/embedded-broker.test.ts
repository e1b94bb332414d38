import { startEmbeddedBroker } from '../../../src/testing/index.js';
import { brokerHarness } from '../../contract/broker-harness.js';
import { downlinkContract } from '../../contract/downlink-contract.js';
import { uplinkContract } from '../../contract/uplink-contract.js';

const place = {
  name: 'the embedded broker',
  concurrent: true,
  start: async () => {
    const broker = await startEmbeddedBroker();
    // It makes a topic when it is asked about it.
    return brokerHarness({
      bootstrapServers: broker.bootstrapServers,
      createTopic: () => Promise.resolve(),
      stop: () => broker.stop(),
    });
  },
};
uplinkContract(place);
downlinkContract(place);
