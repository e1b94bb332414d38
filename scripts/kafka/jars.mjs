// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { cachePath } from '../lib/cache.mjs';
import { SetupError } from '../lib/report.mjs';

const SET_UP_FIRST = 'Run "npm run setup -- --kafka" first.';

/** The pom that names Kafka's version and the jars to fetch. */
export const pomFile = fileURLToPath(new URL('pom.xml', import.meta.url));

/** Where the jars of the pom are cached. They are there whole, or the folder is missing. */
export function kafkaJars() {
  const pom = readFileSync(pomFile, 'utf8');
  const version = /<kafka\.version>([^<]+)</.exec(pom)?.[1];
  if (version === undefined) throw new Error(`${pomFile} names no kafka.version`);
  // Another pom of the same Kafka version may name other jars.
  return cachePath('kafka', `${version}-${createHash('sha256').update(pom).digest('hex').slice(0, 8)}`);
}

/** `java` of JAVA_HOME, else of the PATH. */
export function javaCommand() {
  const home = process.env['JAVA_HOME'];
  const inHome = home ? path.join(home, 'bin', 'java') : '';
  return inHome !== '' && existsSync(inHome) ? inHome : 'java';
}

/**
 * Arguments that run a class of Kafka's jars.
 * @param {string} mainClass
 * @param {readonly string[]} args
 * @param {readonly string[]} [jvmArgs]
 */
export function kafkaJavaArgs(mainClass, args, jvmArgs = []) {
  const jars = kafkaJars();
  if (!existsSync(jars)) {
    throw new SetupError(`Kafka's jars are not in ${jars}`, SET_UP_FIRST);
  }
  return [...jvmArgs, '-cp', path.join(jars, '*'), mainClass, ...args];
}

/**
 * What stands for an error of starting Java: that there is none, where that is why.
 * @param {unknown} error
 */
export function javaError(error) {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return isMissing
    ? new SetupError(`there is no Java: "${javaCommand()}" cannot be run`, SET_UP_FIRST)
    : error;
}

/** JVM flags for what lives for seconds, or a minute: start fast, and leave the cores to others. */
export const quickJvmArgs = Object.freeze(['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']);

/** JVM flags for tools: they start fast, stay small, and log nothing but errors. */
export const toolJvmArgs = Object.freeze([
  '-Xmx256m',
  ...quickJvmArgs,
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
]);
