import { DOWNLINK_SLOTS, type ResolvedDownlink, type ResolvedRoute } from '../config/resolve.js';

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
