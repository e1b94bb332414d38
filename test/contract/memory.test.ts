import { downlinkContract } from './downlink-contract.js';
import { memoryHarness } from './memory-harness.js';
import { uplinkContract } from './uplink-contract.js';

const place = { name: 'memory', start: () => Promise.resolve(memoryHarness()) };
uplinkContract(place);
downlinkContract(place);
