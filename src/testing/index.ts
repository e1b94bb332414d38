/** `ng-kafka-northward/testing`: what consumer projects test with. */
export { startEmbeddedBroker, type EmbeddedBroker, type EmbeddedBrokerOptions } from './embedded-broker.js';
