/** The downlink's way out: it knows the uplink by these functions only. */
import type { Outward } from './downlink/outward.js';
import type { LossLog } from './loss-log.js';
import type { PointMetaSource } from './model.js';
import type { Outgoing } from './uplink/outgoing.js';
import { idIn, pointMetaReader } from './uplink/point-meta.js';

export function outwardOf(
  outgoing: Outgoing,
  pointMeta: PointMetaSource | undefined,
  losses: LossLog,
): Outward {
  const points = pointMetaReader(pointMeta);
  return {
    reply: async (reply) => {
      const receipt = await (reply.kind === 'rpc_response'
        ? outgoing.reply(reply.kind, reply.data)
        : outgoing.reply(reply.kind, reply.data));
      if (receipt.status === 'skipped') {
        const slot = reply.kind === 'rpc_response' ? 'rpcResponse' : 'writePointResponse';
        losses.note('answerDisabled', `uplink.${slot}`);
      }
      return receipt;
    },
    send: (record) => outgoing.send(record),
    deviceOf: (pointId) => (points === null ? undefined : idIn(points.byId(pointId), 'deviceId')),
    deviceNamed: (name) => (points === null ? undefined : idIn(points.byDeviceName(name), 'deviceId')),
    sends: (kind) => outgoing.sends(kind),
  };
}
