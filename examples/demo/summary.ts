import type { StopReport } from 'ng-kafka-northward';
import type { Outage } from './outage.js';
import type { Progress } from './progress.js';

/**
 * Prints what happened; answers what is missing, empty when nothing is.
 *
 * @param outage `undefined`: there was none
 * @param disorder records that the reader found behind a younger one of their device
 */
export function summarise(
  progress: Progress,
  elapsedMs: number,
  report: StopReport,
  outage: Outage | undefined,
  disorder: number,
): string[] {
  const published = progress.total('published');
  const acknowledged = progress.total('acknowledged');
  const readBack = progress.total('readBack');
  const sorted = [...progress.latenciesMs].sort((a, b) => a - b);
  const percentile = (p: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? NaN).toFixed(1);

  console.log(`
published     ${published}
acknowledged  ${acknowledged}
read back     ${readBack}
skipped       ${progress.skipped} (switched off by the configuration)
rate          ${Math.round((acknowledged / elapsedMs) * 1000)} messages/s over ${(elapsedMs / 1000).toFixed(1)} s
latency       p50 ${percentile(50)} ms, p95 ${percentile(95)} ms, p99 ${percentile(99)} ms (publish to receipt)
outage        ${outageText(outage, progress)}
order         ${disorder === 0 ? 'kept, for each device' : `${disorder} records are out of order`}
stop          ${report.flushed} flushed, ${report.stored} stored, ${report.undelivered} undelivered, in ${Math.round(report.elapsedMs)} ms`);

  const missing: string[] = [];
  if (published === 0) missing.push('nothing was published');
  if (acknowledged < published) missing.push(`${published - acknowledged} events were not acknowledged`);
  if (readBack < acknowledged) missing.push(`${acknowledged - readBack} records were not read back`);
  if (disorder > 0) missing.push(`${disorder} records came behind a younger one of their device`);
  if (outage?.stored === 0) missing.push('nothing was stored in the outage');
  if (report.timedOut) missing.push('stop() ran into its time-out');
  for (const [what, count] of progress.errors) missing.push(`${count} × ${what}`);
  return missing;
}

function outageText(outage: Outage | undefined, { stored }: Progress): string {
  if (outage === undefined) return 'none';
  return `${outage.seconds} s without a broker: ${outage.stored} messages went to disk, ${stored} publishes ended as stored, and arrived later`;
}
