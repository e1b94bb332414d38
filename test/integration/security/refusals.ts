/** Each way to connect that does not work. */
import { describe, expect, it } from 'vitest';
import { rejection } from '../../support/memory-northward.js';
import { SECRETS, type SecureKafka } from '../../support/secure-kafka.js';
import { user } from './connections.js';
import { LOCAL_CASES } from './local-cases.js';
import type { RefusalCase } from './refusal-case.js';
import { SASL_CASES, TOKEN_CASES } from './sasl-cases.js';
import { TLS_CASES } from './tls-cases.js';
import { keep, tell, Watched, type Side } from './watched.js';

const ADDRESS_CASES: readonly RefusalCase[] = [
  {
    what: 'a name that does not resolve',
    at: () => 'no-such-host.invalid:9092',
    security: () => user('plain', 'plain', SECRETS.plain),
    code: 'NAME_NOT_RESOLVED',
    words: /no-such-host\.invalid/,
    hint: /bootstrapServers.*DNS/,
    state: 'connecting',
  },
  {
    what: 'a port where nothing listens',
    at: () => '127.0.0.1:1',
    security: () => user('plain', 'plain', SECRETS.plain),
    code: 'BROKER_UNREACHABLE',
    words: /127\.0\.0\.1:1.*refused/,
    hint: /bootstrapServers/,
    state: 'connecting',
  },
];

function expectHint(error: { readonly hint?: string }, hint: string | RegExp): void {
  if (typeof hint === 'string') expect(error.hint).toBe(hint);
  else expect(error.hint).toMatch(hint);
}

/** A gateway with that one side, for which the case is refused. */
async function expectRefusal(kafka: SecureKafka, side: Side, expected: RefusalCase): Promise<void> {
  const { what, at, security, code, words, hint, state = 'failed', messageTimeoutMs, properties } = expected;
  const watched = new Watched(at(kafka), security(kafka), {
    sides: [side],
    properties: properties?.(kafka) ?? {},
    producer: messageTimeoutMs === undefined ? {} : { messageTimeoutMs },
  });
  await watched.northward.start();
  const publish = side === 'uplink' ? rejection(watched.publish()) : undefined;
  const error = await watched.error(code);
  tell(`${what}: ${code}`, watched.ms);
  expect(error.message).toMatch(words);
  expectHint(error, hint);
  expect(watched.northward.states[side]).toBe(state);
  const ready = await rejection(watched.northward.ready({ timeoutMs: 50 }));
  expect(ready).toMatchObject({ code: 'READY_TIMEOUT', hint: error.hint, cause: { code } });
  const lost = { code: 'DELIVERY_TIMEOUT', hint: error.hint, cause: { code } };
  if (publish !== undefined) expect(await publish).toMatchObject(lost);
  await watched.stop();
}

export function describeRefusals(kafka: () => SecureKafka): void {
  describe.each(['uplink', 'downlink'] as const)('§7 a connection that is refused: %s', (side) => {
    // Each waits until a message is given up: some at the same time.
    describe('by a broker', { concurrent: true }, () => {
      it.each([...TLS_CASES, ...SASL_CASES, ...ADDRESS_CASES])('tells why: $what', async (expected) => {
        await expectRefusal(kafka(), side, expected);
      });
    });

    // What the token server answers with is the same for all.
    it.each(TOKEN_CASES)('tells why: $what', async (expected) => {
      kafka().strangerOidc.trouble = expected.trouble;
      await expectRefusal(kafka(), side, expected);
    });
  });

  describe('§7 a client that cannot even be made', () => {
    it.each(LOCAL_CASES)('is told by start(), and both sides are failed: $what', async (expected) => {
      const { security, code = 'TLS_FAILED', words, hint } = expected;
      const watched = new Watched(kafka().at('mutual'), await security(kafka()));
      const error = await rejection(watched.northward.start());
      expect(error).toMatchObject({ code });
      expect(error.message).toMatch(words);
      expectHint(error, hint);
      expect(watched.northward.states).toEqual({ uplink: 'failed', downlink: 'failed' });
      keep(error);
      await watched.stop();
    });
  });
}
