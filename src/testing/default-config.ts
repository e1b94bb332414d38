import type { NorthwardConfig } from '../config/types.js';

const route = (topic: string) => ({ enabled: true, topic });
const mapping = { enabled: true, topic: 'ng.uplink.{{event_kind}}' };

/** What `createMemoryNorthward()` takes where it is given no configuration: every kind, each on a topic of its own. */
export const MEMORY_CONFIG: NorthwardConfig = {
  app: { id: 1 },
  connection: { bootstrapServers: 'memory:9092' },
  uplink: {
    deviceConnected: mapping,
    deviceDisconnected: mapping,
    telemetry: mapping,
    attributes: mapping,
    alarm: mapping,
    rpcResponse: mapping,
    writePointResponse: mapping,
  },
  downlink: {
    writePoint: route('ng.downlink.write_point'),
    commandReceived: route('ng.downlink.command_received'),
    rpcResponseReceived: route('ng.downlink.rpc_response_received'),
  },
};
