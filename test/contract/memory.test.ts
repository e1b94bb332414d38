import { downlinkContract } from './downlink-contract.js';
import { memoryHarness } from './memory-harness.js';
import { uplinkContract } from './uplink-contract.js';

// In memory time stands still until told otherwise, for one northward object.
const place = { name: 'memory', concurrent: false, start: () => Promise.resolve(memoryHarness()) };
uplinkContract(place);
downlinkContract(place);
