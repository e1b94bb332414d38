import { expect, it } from 'vitest';
import { Journal } from '../../../scripts/store/journal.mjs';

it('keeps the executions of commands in their order, failed ones too', () => {
  const journal = new Journal();
  journal.add('C w-20 plant.write 2 17 1 5000 failed');
  journal.add('C w-20 plant.write 2 17 2 7000 ok');
  const place = { id: 'w-20', topic: 'plant.write', partition: 2, offset: 17 };
  expect(journal.executions).toEqual([
    { ...place, attempt: 1, at: 5000, ok: false },
    { ...place, attempt: 2, at: 7000, ok: true },
  ]);
});
