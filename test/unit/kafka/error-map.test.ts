import { describe, expect, it } from 'vitest';
import { deliveryFailure, RD } from '../../../src/kafka/port/codes.js';

describe('§7 the code of a delivery that failed', () => {
  it.each([
    [RD.MSG_TIMED_OUT, 'DELIVERY_TIMEOUT'],
    [RD.UNKNOWN_TOPIC, 'TOPIC_NOT_FOUND'],
    [RD.TOPIC_AUTHORIZATION_FAILED, 'TOPIC_FORBIDDEN'],
    [RD.CLUSTER_AUTHORIZATION_FAILED, 'AUTHORIZATION_FAILED'],
    [RD.MSG_SIZE_TOO_LARGE, 'MESSAGE_TOO_LARGE'],
    [RD.INVALID_RECORD, 'DELIVERY_FAILED'],
  ] as const)('librdkafka %s is %s', (number, code) => {
    expect(deliveryFailure(number)).toMatchObject({ code, origin: `librdkafka ${number}` });
  });
});
