// A gateway in a process of its own, to be killed at any moment: takes write points and appends a line for each
// one it has executed, before it acknowledges it. Arguments: bootstrap servers, topic, group, file, JSON of more
// downlink settings. Says "ready" when it has its partitions.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { createKafkaNorthward } from '../../dist/index.js';

const [bootstrapServers, topic, groupId, file, more = '{}'] = process.argv.slice(2);
const log = openSync(file, 'a');
const northward = createKafkaNorthward({
  connection: { bootstrapServers },
  uplink: { enabled: false },
  downlink: {
    groupId,
    autoOffsetReset: 'earliest',
    // A killed member is noticed sooner.
    consumer: { properties: { 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 500 } },
    writePoint: { enabled: true, topic },
    ...JSON.parse(more),
  },
});
northward.on('committed', (offsets) => {
  if (process.connected) process.send({ committed: offsets });
});
await northward.start();
await northward.ready({ timeoutMs: 60_000 });
process.send?.('ready');
process.on('SIGTERM', () => {
  void northward.stop().then(() => {
    closeSync(log);
    process.exit(0);
  });
});
for await (const { data, meta } of northward.commands()) {
  await setTimeout(1);
  // One write call: a kill leaves whole lines. The clock is the machine's, so lines of several processes compare.
  writeSync(log, `${meta.partition} ${meta.offset} ${data.requestId} ${process.hrtime.bigint()}\n`);
  if (meta.offset % 500 === 0) fsyncSync(log);
}
