/** The downlink's way out: it knows the uplink by these functions only. */
import type { Outward } from './downlink/outward.js';
import type { Logger, PointMetaSource } from './model.js';
import type { Outgoing } from './uplink/outgoing.js';
import { idIn, pointMetaReader } from './uplink/point-meta.js';

export function outwardOf(
  outgoing: Outgoing,
  pointMeta: PointMetaSource | undefined,
  logger: Logger,
): Outward {
  const points = pointMetaReader(pointMeta);
  const told = new Set<string>();
  return {
    reply: async (reply) => {
      const receipt = await (reply.kind === 'rpc_response'
        ? outgoing.reply(reply.kind, reply.data)
        : outgoing.reply(reply.kind, reply.data));
      if (receipt.status === 'skipped' && !told.has(reply.kind)) {
        told.add(reply.kind);
        const slot = reply.kind === 'rpc_response' ? 'rpcResponse' : 'writePointResponse';
        logger.warn(`respond() sends nothing: uplink.${slot} is disabled`, { kind: reply.kind });
      }
      return receipt;
    },
    send: (record) => outgoing.send(record),
    deviceOf: (pointId) => (points === null ? undefined : idIn(points.byId(pointId), 'deviceId')),
  };
}
