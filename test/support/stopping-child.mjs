// A gateway in a process of its own that is stopped during an outage. Arguments: JSON of the configuration, "loop" where it takes commands. Says "ready"; at "stop" it stops, sends the report and lets go of its
// parent: from then on only the library can keep the process alive. A host would call process.exit() where the report names
// a client that is still open; "exit" over the standard input does it here, so that the test sees which of the two ended it.
import { createKafkaNorthward } from '../../dist/index.js';

const [configuration, loop, stopMs] = process.argv.slice(2);
const northward = createKafkaNorthward(JSON.parse(configuration));
await northward.start();
await northward.ready({ timeoutMs: 60_000 });
process.once('message', () => {
  void northward.stop({ timeoutMs: Number(stopMs) }).then((report) => {
    process.send({ report }, () => process.disconnect());
    if (report.unclosed.length === 0) return;
    process.stdin.once('data', () => process.exit(0));
    process.stdin.unref();
  });
});
process.send('ready');
if (northward.states.uplink !== 'disabled') {
  const publish = (n) => {
    northward
      .publishTelemetry({
        deviceId: 1,
        deviceName: 'pump',
        values: [{ pointId: 1, pointKey: 'n', value: n }],
      })
      .then(
        () => setTimeout(publish, 5, n + 1),
        () => undefined,
      );
  };
  publish(0);
}
if (loop === 'loop') {
  for await (const command of northward.commands()) void command;
}
