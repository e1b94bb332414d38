// An embedded broker in a process of its own, until its input closes.
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker();
console.log(broker.bootstrapServers);
process.stdin.resume();
process.stdin.on('end', () => {
  void broker.stop().then(() => process.exit(0));
});
