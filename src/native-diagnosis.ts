/** A diagnosis on the native client and the machine's disk. Loaded when one is made: no host needs it at its start. */
import { access, constants } from 'node:fs/promises';
import type { DiagnoseOptions, Finding } from './api/diagnosis.js';
import { runDiagnosis } from './diagnose/diagnosis.js';
import { nativeProbes } from './kafka/client/probe.js';
import { hasOwner } from './store/folder-lock.js';
import { NodeDisk } from './store/node-disk.js';

/** @param options as `readDiagnoseOptions()` gives them */
export function nativeDiagnosis(config: unknown, options: DiagnoseOptions): AsyncGenerator<Finding, void> {
  return runDiagnosis(config, options, {
    probes: nativeProbes,
    store: { disk: new NodeDisk(), hasOwner, mayWrite: (folder) => access(folder, constants.W_OK) },
  });
}
