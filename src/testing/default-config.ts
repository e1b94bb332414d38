import type { NorthwardConfig } from '../api/config.js';
import { DOWNLINK_SLOTS } from '../api/kinds.js';
import type { ResolvedDownlink, ResolvedRoute } from '../config/resolve.js';

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

function routes(downlink: ResolvedDownlink): ResolvedRoute[] {
  return downlink.enabled
    ? DOWNLINK_SLOTS.map((slot) => downlink[slot]).filter(({ enabled }) => enabled)
    : [];
}

/** The topics that the downlink reads. */
export function readTopics(downlink: ResolvedDownlink): string[] {
  return [...new Set(routes(downlink).map(({ topic }) => topic))];
}

/** Whether marks of a topic are committed. */
export function commits(downlink: ResolvedDownlink, topic: string): boolean {
  return routes(downlink).some((route) => route.topic === topic && route.ackPolicy !== 'never');
}
