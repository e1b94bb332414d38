// The same from CommonJS: `require` of this ESM-only package is typed too, from TypeScript 5.8 on.
// Not part of this project's own compilation, whose settings refuse CommonJS.
import { createKafkaNorthward, type KafkaNorthward, type NorthwardConfig } from 'ng-kafka-northward';
import testing = require('ng-kafka-northward/testing');

export function create(config: NorthwardConfig): KafkaNorthward {
  return createKafkaNorthward(config);
}

// @ts-expect-error an option that does not exist is refused
export const broker = testing.startEmbeddedBroker({ broker: 3 });
