// @ts-check
import { existsSync } from 'node:fs';
import { fillFolder } from '../lib/cache.mjs';
import { SetupError, report } from '../lib/report.mjs';
import { tail, tryRun } from '../lib/run.mjs';
import { javaCommand, kafkaJars, pomFile } from '../kafka/jars.mjs';
import { ensureDebianPackages } from './debian.mjs';

/** Kafka 4 asks for this one. */
const OLDEST_JAVA = 17;

/** Java, and Kafka's jars: what the tests start their brokers with. */
export async function ensureKafka() {
  await ensureJava();
  const jars = kafkaJars();
  if (existsSync(jars)) {
    report(`Kafka: its jars are in ${jars}`);
    return;
  }
  await ensureMaven();
  report(`Kafka: downloading its jars (about 55 MB) to ${jars}`);
  await fillFolder(jars, async (folder) => {
    const args = ['-B', '-q', '-f', pomFile, 'dependency:copy-dependencies'];
    const { ok, output } = await tryRun('mvn', [
      ...args,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${folder}`,
    ]);
    if (!ok) {
      const byHand = `Run "mvn ${args.join(' ')}" and see that Maven reaches a repository.`;
      throw new SetupError(`Kafka's jars could not be downloaded:\n${tail(output)}`, byHand);
    }
  });
  report('Kafka: downloaded');
}

async function ensureJava() {
  const found = await javaVersion();
  if (found !== undefined && found >= OLDEST_JAVA) {
    report(`Java: ${found}`);
    return;
  }
  report(
    `Java: ${found === undefined ? 'none' : `${found} is too old`}; Kafka needs ${OLDEST_JAVA} or newer`,
  );
  await ensureDebianPackages(['default-jre-headless'], 'running Kafka');
  const installed = await javaVersion();
  if (installed === undefined || installed < OLDEST_JAVA) {
    const byHand = `Install Java ${OLDEST_JAVA} or newer and set JAVA_HOME to it.`;
    throw new SetupError(`"${javaCommand()}" is not Java ${OLDEST_JAVA} or newer`, byHand);
  }
  report(`Java: ${installed}`);
}

async function javaVersion() {
  const { ok, output } = await tryRun(javaCommand(), ['-version']);
  const version = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
  return ok && version !== undefined ? Number(version) : undefined;
}

async function ensureMaven() {
  if ((await tryRun('mvn', ['-v'])).ok) return;
  await ensureDebianPackages(['maven'], "downloading Kafka's jars");
}
