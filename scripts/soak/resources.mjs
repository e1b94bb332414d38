// @ts-check
/** What a process holds at a moment. Threads and file descriptors are those of Linux. */
import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * @typedef {object} Resources
 * @property {number} rss Bytes
 * @property {number} heapUsed Bytes
 * @property {number} external Bytes
 * @property {number} handles Of `process.getActiveResourcesInfo()`
 * @property {number} threads
 * @property {number} descriptors
 * @property {number} loopP99Ms How late the event loop was, since the sample before
 */

const RESOLUTION_MS = 5;

/** Begins to watch the event loop; `take()` reads without a promise, which would be a resource by itself. */
export function watchResources() {
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  return {
    /** @returns {Resources} */
    take() {
      const { rss, heapUsed, external } = process.memoryUsage();
      const loopP99Ms = Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION_MS);
      loop.reset();
      return {
        rss,
        heapUsed,
        external,
        handles: process.getActiveResourcesInfo().length,
        threads: Number(/^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0),
        // One is that by which they are counted.
        descriptors: readdirSync('/proc/self/fd').length - 1,
        loopP99Ms,
      };
    },
    close() {
      loop.disable();
    },
  };
}

/**
 * Collects all garbage. V8 lets garbage lie for as long as it has room, and it has much of it after an outage: what is in use tells little of
 * what is needed.
 */
export function collectGarbage() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return { heapUsed, external };
}
