/** The embedded broker of the demo in a process of its own, which can be frozen. It ends when nobody holds its input. */
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker();
console.log(broker.bootstrapServers);
process.stdin.resume().once('end', () => process.exit(0));
