import { describe, expect, it } from 'vitest';
import { AdminQuestions, type NativeAdmin } from '../../../src/kafka/client/admin.js';
import type { NativeProducer } from '../../../src/kafka/client/native-client.js';
import type { Native } from '../../../src/kafka/client/native.js';

describe('questions of the admin client', () => {
  it('given one that it refuses to ask, then that is an error, and the client may be closed', async () => {
    const admin = {
      createTopic: () => {
        throw new Error('replication_factor out of expected range');
      },
    };
    const native = { AdminClient: { createFrom: () => admin } } as unknown as Native;
    const questions = new AdminQuestions(native, {} as NativeProducer);
    const asked = (): Promise<string> =>
      questions.ask(
        'nobody answered',
        1_000,
        () => false,
        (client: NativeAdmin, ms, done) => {
          client.createTopic({ topic: 't', num_partitions: 1, replication_factor: 20_000 }, ms, (error) => {
            done(error, 'made');
          });
        },
      );
    await expect(asked()).rejects.toMatchObject({
      message: 'nobody answered',
      cause: { message: 'replication_factor out of expected range' },
    });
    await questions.quiet();
  });
});
