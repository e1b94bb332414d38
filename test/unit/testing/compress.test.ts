import { expect, it } from 'vitest';
import { StoringGateway } from '../../support/storing-gateway.js';

/** Hard to deflate, and the same in each run. */
function noise(length: number): string {
  let text = '';
  for (let state = 1; text.length < length;) {
    state = (state * 48_271) % 2_147_483_647;
    text += state.toString(36);
  }
  return text;
}

it('given compress and large commits, then advanceTime() waits for what is deflated and inflated', async () => {
  const gateway = await new StoringGateway({ store: { compress: true, storeAfterMs: 0 } }).start();
  const { northward } = gateway;
  await northward.setConnected(false);
  const text = noise(700_000);
  const published = [0, 1, 2].map((n) => gateway.publish(n, 1, { until: 'stored' }, text));
  await northward.advanceTime(1_000);
  expect(published.map(({ outcome }) => outcome?.status)).toEqual(['stored', 'stored', 'stored']);
  await northward.setConnected(true);
  await northward.advanceTime(1_000);
  expect(gateway.arrived()).toEqual([0, 1, 2]);
  await northward.stop();
});
