// @ts-check
// Runs in an empty project that has the packed tarball installed: every way in for CommonJS.
const assert = require('node:assert/strict');
const main = require('ng-kafka-northward');
const testing = require('ng-kafka-northward/testing');
const schema = require('ng-kafka-northward/config.schema.json');
const formSchema = require('ng-kafka-northward/config.form.schema.json');
const manifest = require('ng-kafka-northward/package.json');

assert.equal(schema.type, 'object');
assert.equal(formSchema.type, 'object');
assert.equal(manifest.name, 'ng-kafka-northward');
assert.equal(typeof testing.startEmbeddedBroker, 'function');
const northward = main.createKafkaNorthward({ connection: { bootstrapServers: '127.0.0.1:9' } });
assert.equal(northward.state, 'disconnected');

async function compare() {
  const imported = await import('ng-kafka-northward');
  assert.equal(imported.createKafkaNorthward, main.createKafkaNorthward, 'require and import differ');
  assert.equal((await import('ng-kafka-northward/testing')).startEmbeddedBroker, testing.startEmbeddedBroker);
  console.log('consumer: good from CommonJS');
}
void compare();
