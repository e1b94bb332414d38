// @ts-check
// Runs first.mjs and gateway.mjs of README.md, which lie in the current folder: the first message, then a command and the end.
// Argument: a Kafka that has the topics; without one an embedded broker, with its address in northward.json.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { RdKafka } from '@confluentinc/kafka-javascript';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const DELIVERED =
  /^\{\s+status: 'delivered',\s+topic: 'plant\.telemetry',\s+partition: \d,\s+offset: 0,\s+timestampMs: \d{13}\s+\}$/m;
const COMMAND = /^write_point \{\s+requestId: 'r-1',\s+pointId: 1,\s+value: 42,/m;
const WRITE =
  '{"schema_version":1,"event":{"kind":"write_point"},"payload":{"data":{"request_id":"r-1","point_id":1,"value":42}}}';
const PATIENCE_MS = 90_000;

const broker = await startEmbeddedBroker();
const bootstrapServers = process.argv[2] ?? broker.bootstrapServers;
const config = await readFile('northward.json', 'utf8');
assert.match(config, /127\.0\.0\.1:9092/);
await writeFile('northward.json', config.replace('127.0.0.1:9092', bootstrapServers));

const first = run('first.mjs');
assert.equal(await first.ended, 0, first.said());
assert.match(first.said().trimEnd(), new RegExp(DELIVERED.source));

const producer = new RdKafka.Producer({ 'bootstrap.servers': bootstrapServers });
await new Promise((resolve) => producer.connect(undefined, resolve));
// The embedded broker makes the topic now, and the gateway finds it.
send();
await new Promise((resolve) => producer.flush(10_000, resolve));
const gateway = run('gateway.mjs');
// A new group begins at the end of its topic, as it is when the group has formed.
const sending = setInterval(send, 500);
// One topic has nothing to do with the other: either may come first.
await gateway.says(DELIVERED);
await gateway.says(COMMAND);
clearInterval(sending);
gateway.child.kill('SIGTERM');
assert.equal(await gateway.ended, 0, gateway.said());
await new Promise((resolve) => producer.disconnect(resolve));
await broker.stop();
console.log('readme: its programs do what it says');

function send() {
  producer.produce('plant.write', null, Buffer.from(WRITE), 'pump-1');
}

/** @param {string} file */
function run(file) {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let said = '';
  let heard = () => {};
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
      heard();
    });
  const ended = once(child, 'close').then(([code]) => {
    clearTimeout(late);
    heard();
    return code;
  });
  /** @param {RegExp} words */
  const says = async (words) => {
    while (!words.test(said)) {
      assert.equal(
        child.exitCode ?? child.signalCode,
        null,
        `${file} ended and did not say ${words}:\n${said}`,
      );
      await /** @type {Promise<void>} */ (new Promise((resolve) => (heard = resolve)));
    }
  };
  return { child, ended, says, said: () => said };
}
