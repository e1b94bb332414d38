/** §10 Replies and dead letters: once they are on disk, the committed offset may pass. */
import { describe, expect, it } from 'vitest';
import { openGateways } from '../../support/open-gateways.js';
import { StoringGateway, type StoringOptions } from '../../support/storing-gateway.js';

const { toStop } = openGateways();

async function started(options: StoringOptions = {}): Promise<StoringGateway> {
  const gateway = await new StoringGateway({
    downlink: {
      autoOffsetReset: 'earliest',
      writePoint: { enabled: true, topic: 'writes' },
      commandReceived: { enabled: true, topic: 'commands' },
      deadLetter: { enabled: true, topic: 'letters' },
      redelivery: { maxAttempts: 1 },
    },
    ...options,
  }).start();
  toStop(gateway);
  return gateway;
}

/** Answers every command. @returns how the answers ended, in order */
function answering({ northward }: StoringGateway): string[] {
  const answers: string[] = [];
  void (async () => {
    for await (const command of northward.commands()) {
      if (command.kind !== 'command_received') continue;
      const { status } = await command.respond({ result: 1 });
      answers.push(status);
    }
  })();
  return answers;
}

describe('§10 replies', () => {
  it('given a broker that takes commands but no records, then an answer is done when it is synced, and its offset committed', async () => {
    const gateway = await started();
    const answers = answering(gateway);
    gateway.northward.holdDelivery();
    await gateway.northward.sendCommand({ key: 'reboot' });
    await gateway.northward.advanceTime(1_000);
    expect(answers).toEqual(['stored']);
    expect(gateway.northward.committed).toMatchObject({ commands: 1 });
    expect(gateway.arrived()).toEqual([]);
    gateway.disk.crash();

    const second = await started({ disk: gateway.disk });
    await second.until('the answer arrived', () => second.northward.published.length === 1);
    expect(second.northward.published[0]).toMatchObject({ kind: 'rpc_response', topic: 'answers' });
    expect(second.northward.published[0]?.headers).toMatchObject({ request_id: 'command-1' });
    expect(second.delivered).toMatchObject([{ lane: 'critical', former: true }]);
  });

  it('given a store that does not work, then it is as without one: the offset waits for the receipt', async () => {
    const gateway = await started();
    const answers = answering(gateway);
    gateway.disk.readOnly(true);
    // The store notices when it has something to write.
    gateway.alarm(1);
    await gateway.northward.advanceTime(2_000);
    expect(gateway.northward.metrics().store?.state).toBe('degraded');
    gateway.northward.holdDelivery();
    await gateway.northward.sendCommand({ key: 'reboot' });
    await gateway.northward.advanceTime(5_000);
    expect(answers).toEqual([]);
    expect(gateway.northward.committed['commands'] ?? 0).toBe(0);
    await gateway.northward.releaseDelivery();
    await gateway.northward.advanceTime(1_000);
    expect(answers).toEqual(['delivered']);
    expect(gateway.northward.committed).toMatchObject({ commands: 1 });
  });
});

describe('§10 dead letters', () => {
  it('given one that no broker takes, then the offset passes when it is synced, and it arrives later', async () => {
    const gateway = await started();
    const letters: string[] = [];
    gateway.northward.on('dead-letter', ({ topic }) => letters.push(topic));
    gateway.northward.holdDelivery();
    await gateway.northward.deliver('commands', { value: 'no json' });
    await gateway.northward.advanceTime(1_000);
    expect(letters).toEqual(['commands']);
    expect(gateway.northward.committed).toMatchObject({ commands: 1 });
    await gateway.northward.releaseDelivery();
    await gateway.northward.advanceTime(1_000);
    expect(gateway.northward.deadLettered).toMatchObject([{ topic: 'letters', errorCode: 'BODY_NOT_JSON' }]);
    expect(gateway.delivered).toMatchObject([{ lane: 'critical', receipt: { topic: 'letters' } }]);
  });

  it('given a letter in a failing disk, then it is tried until a broker has it', async () => {
    const gateway = await started();
    gateway.disk.readOnly(true);
    gateway.northward.holdDelivery();
    await gateway.northward.deliver('commands', { value: 'no json' });
    await gateway.northward.advanceTime(20_000);
    expect(gateway.northward.committed['commands'] ?? 0).toBe(0);
    await gateway.northward.releaseDelivery();
    await gateway.northward.advanceTime(60_000);
    expect(gateway.northward.committed).toMatchObject({ commands: 1 });
    expect(gateway.northward.deadLettered).toHaveLength(1);
  });
});
