import type { NorthwardConfig } from 'ng-kafka-northward';
import { createMemoryNorthward } from 'ng-kafka-northward/testing';
import { expect, test } from 'vitest';

// In your project: the file that production reads.
const config: NorthwardConfig = {
  app: { id: 7 },
  connection: { bootstrapServers: 'kafka.example:9093' },
  uplink: { telemetry: { enabled: true, topic: 'plant.{{device_name}}', payload: { mode: 'kv' } } },
  downlink: {
    commandReceived: {
      enabled: true,
      topic: 'plant.commands',
      payload: {
        mode: 'mapped_json',
        config: { command_id: 'id', key: 'do', target_type: "'GATEWAY'" },
        filter: { mode: 'json_pointer', pointer: '/for', equals: 'gateway' },
      },
    },
  },
};

test('my configuration makes of a reading what my consumers expect', async () => {
  const northward = createMemoryNorthward(config);
  await northward.start();
  await northward.publishTelemetry({
    deviceId: 7,
    deviceName: 'pump-1',
    timestamp: 1_734_870_900_000,
    values: { temp: 21.5 },
  });

  expect(northward.published[0]?.topic).toBe('plant.pump-1');
  expect(northward.published[0]?.raw.value?.toString()).toBe(
    '{"ts_ms":1734870900000,"values":{"temp":21.5}}',
  );
});

test("my configuration understands my platform's commands", async () => {
  const northward = createMemoryNorthward(config);
  await northward.start();
  const other = await northward.deliver('plant.commands', {
    json: { for: 'somebody', id: 'c-1', do: 'stop' },
  });
  expect(await other.handled).toBe('ignored');

  await northward.deliver('plant.commands', { json: { for: 'gateway', id: 'c-2', do: 'reboot' } });
  const { value } = await northward.commands().next();
  expect(value?.data).toMatchObject({ commandId: 'c-2', key: 'reboot' });
});
