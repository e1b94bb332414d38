// @ts-check
// node scripts/nodes/prepare.mjs PROJECT: the native client of that project, for the Node that runs this file.
import { SetupError } from '../lib/report.mjs';
import { ensureNativeClient } from '../setup/native-client.mjs';

try {
  await ensureNativeClient(process.argv[2]);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`${error.message}\n\nWhat to do by hand: ${error.byHand}`);
  process.exitCode = 1;
}
