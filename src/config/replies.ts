import type { ResolvedConfig, UplinkSlot } from './resolved-config.js';

/** Whether commands of an enabled route are answered by this mapping: then it is used whatever `uplink.enabled` says. */
export function answersCommands(slot: UplinkSlot, { downlink }: Pick<ResolvedConfig, 'downlink'>): boolean {
  if (!downlink.enabled) return false;
  if (slot === 'writePointResponse') return downlink.writePoint.enabled;
  return slot === 'rpcResponse' && downlink.commandReceived.enabled;
}
