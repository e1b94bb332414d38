import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../scripts/lib/build.mjs';
import { startSecuredKafka } from '../../scripts/kafka/secured.mjs';
import { projectRoot } from '../../scripts/lib/project.mjs';

/** What each example says when it has done its work, line by line. One without an entry fails the test. */
const SAYS: Readonly<Record<string, readonly RegExp[]>> = {
  'data-lake.ts': [
    /^\[\{"ts_ms":\d+,"point_id":1,"point_key":"temperature","value":25\.0,"data_type":"float64"\},\{"ts_ms":\d+,"point_id":2,"point_key":"running","value":true,"data_type":"boolean"\}\]\n/,
    /(?: {2}'lake\.\d{4}\.\d\d\.\d\d\.\d\d\.telemetry' => 100,?\n){3}\}\n$/,
  ],
  'graceful-shutdown.ts': [
    /^working on plant\.write \d\/0\nSIGTERM: nothing new from the devices\ndone: it is committed/,
    /\{\s+flushed: \d+,\s+stored: 0,\s+undelivered: 0,\s+unfinishedCommands: 0,\s+uncommittedPartitions: 0,\s+timedOut: false,\s+unclosed: \[\],\s+elapsedMs: \d+\s+\}\n$/,
  ],
  'health-endpoint.ts': [
    /^before start\(\): livez 200 down\nbefore start\(\): readyz 503 down\n {2}start\(\) was not called yet\n/,
    /\nall is well: livez 200 ok\nall is well: readyz 200 ok\n/,
    /\nKafka is gone: livez 200 degraded\nKafka is gone: readyz 200 degraded\n {2}.+\. Messages are kept in the store\n$/,
  ],
  'host-logger.ts': [
    /"level":30,.*"app":"plant","side":"uplink","previous":"connecting","msg":"Uplink is connected"/,
    /"level":40,.*"app":"cloud","code":"BROKER_UNREACHABLE","hint":"Check connection\.bootstrapServers/,
    /"level":40,.*"app":"cloud","count":1,"code":"DELIVERY_TIMEOUT",.*"msg":"telemetry: 1 message lost \(DELIVERY_TIMEOUT\): telemetry of device pump-1 to topic plant\.telemetry: No ack/,
  ],
  'metrics-endpoint.ts': [
    /^# TYPE northward_uplink_messages_total counter\nnorthward_uplink_messages_total\{result="success",app="plant-7"\} 1\n/m,
    /^northward_uplink_state\{state="connected",app="plant-7"\} 1$/m,
    /^northward_uplink_queue_bytes\{app="plant-7"\} 0$/m,
    /^# TYPE northward_uplink_latency_seconds histogram\nnorthward_uplink_latency_seconds_bucket\{le="0\.001",app="plant-7"\} [01]$/m,
    /^northward_uplink_latency_seconds_bucket\{le="\+Inf",app="plant-7"\} 1\nnorthward_uplink_latency_seconds_sum\{app="plant-7"\} 0\.\d+\nnorthward_uplink_latency_seconds_count\{app="plant-7"\} 1$/m,
  ],
  'outage.ts': [
    /^BROKER_UNREACHABLE: [^\n]+\n\{ status: 'stored', id: '[0-9a-f]{12}-1-1', lane: 'telemetry' \}\n/,
    /\n\{\s+flushed: 0,\s+stored: 100,\s+undelivered: 0,/,
    /\n[0-9a-f]{12}-1-[1-5] is in plant\.telemetry, partition \d+\n100 messages of the former process have arrived; lost: 0\n$/,
  ],
  'platform-format.ts': [
    /^acme\.readings: \{"asset":"pump-1","at":1734870900123,"readings":\{"rpm":1450\},"source":\{"gateway":"plant-7"\}\}\n/,
    /\n\{\s+requestId: 'a-2',\s+pointId: 4,\s+value: 1500,\s+timestamp: 2024-12-22T12:35:01\.000Z\s+\}\n/,
    /\nnot for us: \{"op":"read","id":"a-1","target":\{"register":4\}\}\n/,
    /\n\{\s+status: 'delivered',\s+topic: 'acme\.answers',/,
  ],
  'quick-start.ts': [
    /^\{\s+status: 'delivered',\s+topic: 'plant\.telemetry',\s+partition: \d+,\s+offset: 0,/,
    /flushed: 0,\s+stored: 0,\s+undelivered: 0,\s+unfinishedCommands: 0,\s+uncommittedPartitions: 0,\s+timedOut: false,/,
  ],
  'several-apps.ts': [
    // The healthy ones are done while the third still waits for its broker.
    /(?:(?:historian|dashboard): 100 delivered\n){2}maintenance: 100 DELIVERY_TIMEOUT\n$/,
    /^maintenance: BROKER_UNREACHABLE\n/,
  ],
  'tls-scram.ts': [
    /^uplink is connecting\nuplink is connected\n\{\s+status: 'delivered',\s+topic: 'plant\.telemetry',/,
    /uplink is connecting\n\{\s+code: 'AUTHENTICATION_FAILED',\s+message: '[^\n]+SCRAM-SHA-512',\s+hint: 'Check connection\.security\.sasl\.username [^\n]+'\s+\}\nuplink is failed\n/,
  ],
  'write-point-gateway.ts': [
    /is no command: plant\.write: write_point: timestamp: expected an RFC 3339 time/,
    /executed w-1\nexecuted w-2\nexecuted w-4\n/,
    /\{ success: 3, deadLettered: 1, responses: 3 \}\n$/,
  ],
};

/** An example that does not end by itself is killed, which fails the test. */
const LONGEST_RUN_MS = 60_000;

const examples = (await readdir(path.join(projectRoot, 'examples'))).filter((name) => name.endsWith('.ts'));
const textOf = (name: string): Promise<string> => readFile(path.join(projectRoot, 'examples', name), 'utf8');

describe('examples', () => {
  /** For the one that needs TLS. */
  let secured: Awaited<ReturnType<typeof startSecuredKafka>>;
  beforeAll(async () => {
    // As a host sees it: they import the built package by its name, and run as programs of their own.
    expect(await compile('tsconfig.examples.json')).toBe(true);
    secured = await startSecuredKafka();
  });
  afterAll(async () => {
    await secured.stop();
  });

  it('each has its expected words here, and its row in examples/README.md', async () => {
    expect(examples.toSorted()).toEqual(Object.keys(SAYS).toSorted());
    const rows = [...(await textOf('README.md')).matchAll(/^\| \[([\w-]+\.ts)\]\(\1\) +\|/gm)];
    expect(rows.map(([, name = '']) => name).toSorted()).toEqual(examples.toSorted());
  });

  it.each(examples)('%s is short, and its header says how to run it and what it prints', async (name) => {
    const text = await textOf(name);
    expect(text.trimEnd().split('\n').length).toBeLessThan(60);
    const header = /^\/\*\*\n([\s\S]*?)\n \*\/\n/.exec(text)?.[1];
    expect(header).toContain(` * Run it: npm run example -- ${path.basename(name, '.ts')}`);
    expect(header).toContain(' * Prints: ');
  });

  it.each(examples)(
    'given %s, when it is run, then it does what it says and ends by itself',
    async (name) => {
      const program = path.join(projectRoot, '.tmp/examples', name.replace(/\.ts$/, '.js'));
      // Not the broker that the tests were given: what an earlier run left there would be counted too.
      const own = name === 'tls-scram.ts' ? secured.variables : { KAFKA_BOOTSTRAP: undefined };
      const env = { ...process.env, ...own, METRICS_PORT: '0', HEALTH_PORT: '0' };
      // Rejects when the exit code is not 0, and when it has to be killed.
      const run = promisify(execFile)(process.execPath, [program], { timeout: LONGEST_RUN_MS, env });
      const { stdout, stderr } = await run;
      for (const words of SAYS[name] ?? []) expect(stdout).toMatch(words);
      expect(stderr).toBe('');
    },
  );
});
