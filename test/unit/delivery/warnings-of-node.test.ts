import { afterEach, describe, expect, it } from 'vitest';
import { gatewaysOfTest, TOPIC, until } from '../../support/downlink-gateway.js';
import { memoryNorthward } from '../../support/memory-northward.js';

/** What Node would print on the host's terminal. */
const printed: string[] = [];
const note = ({ name, message }: Error): void => {
  printed.push(`${name}: ${message}`);
};
process.on('warning', note);
afterEach(() => {
  printed.length = 0;
});

const { started } = gatewaysOfTest();

describe('§7 nothing is printed on the terminal of the host', () => {
  it('given many dead letters on their way at once, then Node warns of no leak', async () => {
    const { consumers, producers, northward } = await started({
      deadLetter: { enabled: true, topic: 'dead' },
    });
    producers.hold = true;
    for (let n = 0; n < 30; n += 1) consumers.produce(TOPIC, { value: 'junk' });
    await until('all are on their way', () => producers.handed.length === 30);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(printed).toEqual([]);
    producers.hold = false;
    producers.release();
    await until('all have arrived', () => northward.metrics().downlink.deadLettered === 30);
  });

  it('given many calls of ready() at once, then neither', async () => {
    const { northward, producers } = memoryNorthward();
    producers.up = false;
    await northward.start();
    const ready = (): Promise<unknown> => northward.ready({ timeoutMs: 10 }).catch(() => 'over');
    expect(await Promise.all(Array.from({ length: 30 }, ready))).toHaveLength(30);
    expect(printed).toEqual([]);
    await northward.stop({ timeoutMs: 0 });
  });
});
