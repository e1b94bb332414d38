import { describe, expect, test } from 'vitest';
import { wholeAnswer } from '../../../src/kafka/client/native-answers.js';

const places = [
  { topic: 'a', partition: 0 },
  { topic: 'b', partition: 1 },
];

describe('a list that the client answers with', () => {
  test('given an answer for each partition, then these are they', () => {
    const answers = places.map((place) => ({ ...place, offset: 7 }));
    expect(wholeAnswer(places, answers, 'end offset')).toEqual(answers);
  });

  test('given an error in the place of one, then it is named, with the reason: unknown is not nothing', () => {
    const answers = [{ ...places[0]!, offset: 7 }, new Error('Broker: Topic authorization failed')];
    expect(() => wholeAnswer(places, answers, 'committed offset')).toThrow(
      expect.objectContaining({
        code: 'POSITIONS_UNKNOWN',
        topic: 'b',
        message: 'The committed offset of b 1 is not known: Broker: Topic authorization failed',
      }),
    );
  });

  test('given a list that is too short, or in another order, then nothing is taken for the answer of another', () => {
    expect(() => wholeAnswer(places, [{ ...places[0]! }], 'end offset')).toThrow('of b 1 is not known');
    expect(() => wholeAnswer(places, places.toReversed(), 'end offset')).toThrow('of a 0 is not known');
  });
});
