// @ts-check
import { SetupError, report } from '../lib/report.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureKafka } from './kafka.mjs';
import { ensureNativeClient } from './native-client.mjs';

const OLDEST_NODE = [20, 19];

/**
 * Puts in place what a fresh clone lacks, and says what it does. When something cannot be done it says what to do
 * by hand and ends the process with 1.
 * @param {{ kafka: boolean }} want `kafka`: Java and Kafka too, for the tests
 */
export async function setUp({ kafka }) {
  try {
    checkNode();
    await ensureDependencies();
    await ensureNativeClient();
    if (kafka) await ensureKafka();
    report('set-up: everything is in place');
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    report(`set-up failed: ${error.message}`);
    console.error(`\nWhat to do by hand: ${error.byHand}`);
    process.exit(1);
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  const byHand = `Install Node ${OLDEST_NODE.join('.')} or newer.`;
  throw new SetupError(`Node ${process.versions.node} is too old`, byHand);
}
