/** §7.4: each topic has a state of its own, the side has the worst of them. */
import { expect, test } from 'vitest';
import {
  TOPIC,
  command,
  gatewaysOfTest,
  serve,
  until,
  type Gateway,
} from '../../support/downlink-gateway.js';

const OTHER = 'other';
const { started } = gatewaysOfTest();

/** Two topics; on none of them anything is refused yet. */
async function twoTopics(otherRoute: Record<string, unknown> = {}): Promise<Gateway> {
  const commandReceived = { enabled: true, topic: OTHER, ...otherRoute };
  const gateway = await started({ commandReceived });
  await until('positions', () => gateway.consumers.commits.length > 0);
  return gateway;
}

const states = ({ events }: Gateway): string[] =>
  events('state').map(({ side, state }) => `${side} ${state}`);

/** The broker denies the topic: a refusal of its own, and of every commit that has it. */
function forbid({ consumers }: Gateway, topic: string, message: string): void {
  consumers.forbidden.add(topic);
  consumers.failures.push({ code: 29, message });
}

const NAMED = (topic: string): string =>
  `Subscribed topic not available: ${topic}: Broker: Topic authorization failed`;
const UNNAMED = 'Fetch from broker 1 failed: Broker: Topic authorization failed';

test.each([
  ['named', NAMED(TOPIC)],
  ['not named', UNNAMED],
])(
  'given a forbidden topic (%s), when a record of another comes, then the side stays failed',
  async (_, message) => {
    const gateway = await twoTopics();
    const { northward, consumers } = gateway;
    serve(northward, () => undefined);
    forbid(gateway, TOPIC, message);
    await until('failed', () => northward.states.downlink === 'failed');
    const before = states(gateway).length;
    consumers.produce(OTHER, { value: command('a'), key: null });
    await until('it is done', () => northward.metrics().downlink.success === 1);
    await until('it is asked again whether it is granted', () => consumers.commits.length > 3);
    expect(northward.states.downlink).toBe('failed');
    expect(states(gateway).slice(before)).toEqual([]);

    consumers.forbidden.clear();
    await until('connected', () => northward.state === 'connected');
  },
);

test('given a forbidden topic, when the group gives its partitions again, then the side stays failed', async () => {
  const gateway = await twoTopics();
  const { northward, consumers } = gateway;
  forbid(gateway, TOPIC, NAMED(TOPIC));
  await until('failed', () => northward.states.downlink === 'failed');
  consumers.revoke([{ topic: TOPIC, partition: 0 }]);
  const { rebalances } = northward.metrics().downlink;
  consumers.assign([{ topic: OTHER, partition: 0 }]);
  await until('assigned', () => northward.metrics().downlink.rebalances > rebalances);
  consumers.produce(OTHER, { value: command('a'), key: null });
  await until('it came', () => northward.metrics().downlink.records === 1);
  expect(northward.states.downlink).toBe('failed');
});

test('given a forbidden topic, when a record of it comes, then the side is connected', async () => {
  const gateway = await twoTopics();
  const { northward, consumers } = gateway;
  forbid(gateway, TOPIC, NAMED(TOPIC));
  await until('failed', () => northward.states.downlink === 'failed');
  gateway.write('a');
  await until('connected', () => northward.states.downlink === 'connected');
  consumers.forbidden.clear();
});

test('given a refusal without a name and a topic that is never committed, then the refused commit tells which it was', async () => {
  const gateway = await twoTopics({ ackPolicy: 'never' });
  const { northward, consumers } = gateway;
  forbid(gateway, TOPIC, UNNAMED);
  await until('failed', () => northward.states.downlink === 'failed');
  await until('a commit is refused', () => northward.metrics().downlink.commitFailures > 0);
  consumers.forbidden.clear();
  await until('connected, without a record of the other', () => northward.states.downlink === 'connected');
});

test('given two forbidden topics, when one is granted, then the side stays failed, with the other as the reason', async () => {
  const gateway = await twoTopics();
  const { northward, consumers } = gateway;
  forbid(gateway, TOPIC, NAMED(TOPIC));
  forbid(gateway, OTHER, NAMED(OTHER));
  await until(
    'both are told',
    () => gateway.events('error').filter(({ code }) => code === 'TOPIC_FORBIDDEN').length === 2,
  );
  consumers.forbidden.delete(TOPIC);
  gateway.write('a');
  await until('it came', () => northward.metrics().downlink.records === 1);
  expect(northward.states.downlink).toBe('failed');
  consumers.forbidden.clear();
  await until('connected', () => northward.states.downlink === 'connected');
});
