// @ts-check
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { javaCommand, javaError, kafkaJavaArgs, toolJvmArgs } from './jars.mjs';

const READY_LINE = 'Kafka Server started';
const START_TIMEOUT_MS = 90_000;

/** One Kafka broker (and controller): a Java process, its folder and its log. */
export class KafkaNode {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;
  #folder;
  #jvmArgs;
  #onChange;

  /**
   * @param {object} options
   * @param {import('./properties.mjs').NodeAddress} options.address
   * @param {string} options.folder
   * @param {readonly string[]} options.jvmArgs
   * @param {(what: 'started' | 'gone', pid: number) => void} options.onChange
   */
  constructor({ address, folder, jvmArgs, onChange }) {
    this.address = address;
    this.#folder = folder;
    this.#jvmArgs = jvmArgs;
    this.#onChange = onChange;
  }

  get dataFolder() {
    return path.join(this.#folder, 'data');
  }

  get logFile() {
    return path.join(this.#folder, 'kafka.log');
  }

  /** Process id while it runs. */
  get pid() {
    return this.#process?.pid;
  }

  /**
   * Writes the configuration and formats the data folder.
   * @param {string} properties
   * @param {string} clusterId
   * @param {readonly string[]} scram Users as `SCRAM-SHA-512=[name=bob,password=secret]`
   */
  async format(properties, clusterId, scram) {
    await mkdir(this.dataFolder, { recursive: true });
    await writeFile(this.#propertiesFile, properties);
    const users = scram.flatMap((user) => ['--add-scram', user]);
    // With "=": an id that begins with a dash would be taken for an option.
    const args = ['format', `--cluster-id=${clusterId}`, '-c', this.#propertiesFile, ...users];
    const java = kafkaJavaArgs('kafka.tools.StorageTool', args, toolJvmArgs);
    await promisify(execFile)(javaCommand(), java).catch((error) => {
      throw javaError(error);
    });
  }

  /** Starts it and waits until it takes requests. */
  async start() {
    if (this.#process) throw new Error(`Kafka node ${this.address.id} is running already`);
    const log = openSync(this.logFile, 'a');
    const before = (await stat(this.logFile)).size;
    const child = spawn(javaCommand(), kafkaJavaArgs('kafka.Kafka', [this.#propertiesFile], this.#jvmArgs), {
      // Straight to the file: a pipe would fill up and stop the broker while its owner is busy or gone.
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    this.#process = child;
    this.#onChange('started', pid);
    child.once('exit', () => {
      this.#process = undefined;
      this.#onChange('gone', pid);
    });
    await this.#untilReady(before);
  }

  /**
   * Sends a signal and, where the signal ends it, waits until the process is gone.
   * @param {'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'} signal
   */
  async signal(signal) {
    const child = this.#process;
    if (!child) return;
    const gone = signal === 'SIGKILL' || signal === 'SIGTERM' ? once(child, 'exit') : undefined;
    child.kill(signal);
    await gone;
  }

  get #propertiesFile() {
    return path.join(this.#folder, 'server.properties');
  }

  /** @param {number} offset Where this run's lines begin in the log */
  async #untilReady(offset) {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const lines = (await readFile(this.logFile)).subarray(offset).toString();
      if (lines.includes(READY_LINE)) return;
      const ended = this.#process === undefined;
      if (ended || performance.now() > deadline) {
        const what = ended ? 'ended while starting' : `was not ready within ${START_TIMEOUT_MS} ms`;
        throw new Error(`Kafka node ${this.address.id} ${what}:\n${lines.split('\n').slice(-15).join('\n')}`);
      }
      await delay(50);
    }
  }
}
