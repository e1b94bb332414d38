import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeTopic } from '../../../src/uplink/encode/record-route.js';
import { allKinds, mapperOf } from './support.js';

const LEGAL = /^[a-zA-Z0-9._-]{1,249}$/;
const HASHED = /-[0-9a-f]{16}$/;

describe('§4 topic safety', () => {
  it.each([
    ['ng.uplink_A-9', 'ng.uplink_A-9'],
    ['a b/c:ü', 'a_b_c__'],
    ['\u{1F600}', '_'],
    ['\ud83d\ud83d', '__'],
    ['.', '_'],
    ['..', '__'],
    ['...', '...'],
    [' ', '_'],
    ['\0', '_'],
    ['@[`{/:', '______'],
  ])('given the rendering %j, when sanitized, then %s', (rendered, topic) => {
    expect(safeTopic(rendered, 'sanitize')).toBe(topic);
  });

  it('given names that sanitize to one, when the policy is sanitize_hash, then they stay apart', () => {
    const topics = ['水泵1', '风机1', '__1'].map((name) => safeTopic(name, 'sanitize_hash'));
    expect(new Set(topics).size).toBe(3);
    expect(topics[0]).toMatch(HASHED);
    expect(topics[2]).toBe('__1');
  });

  it('given dots alone, when the policy is sanitize_hash, then the hash is appended', () => {
    expect(safeTopic('.', 'sanitize_hash')).toMatch(/^_-[0-9a-f]{16}$/);
    expect(safeTopic('..', 'sanitize_hash')).toMatch(/^__-[0-9a-f]{16}$/);
  });

  it('given an over-long rendering, when made safe, then 232 characters and the hash are left', () => {
    const a = safeTopic('x'.repeat(250), 'sanitize') ?? '';
    const b = safeTopic('x'.repeat(251), 'sanitize') ?? '';
    expect(a).toHaveLength(249);
    expect(a.slice(0, 233)).toBe('x'.repeat(232) + '-');
    expect(a).not.toBe(b);
  });

  it('given 250 code units that are 249 characters, when sanitized, then nothing is cut', () => {
    expect(safeTopic('x'.repeat(248) + '\u{1F600}', 'sanitize')).toBe('x'.repeat(248) + '_');
  });

  it.each(['a b', '.', '..', 'x'.repeat(250)])(
    'given %j, when the policy is reject, then there is no topic',
    (rendered) => {
      expect(safeTopic(rendered, 'reject')).toBeNull();
    },
  );

  it('given any rendering, when made safe, then Kafka takes it and a legal one is unchanged', () => {
    const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(any, fc.constantFrom('sanitize' as const, 'sanitize_hash' as const), (rendered, policy) => {
        const topic = safeTopic(rendered, policy) ?? '';
        expect(topic).toMatch(LEGAL);
        expect(['.', '..']).not.toContain(topic);
        if (LEGAL.test(rendered) && rendered !== '.' && rendered !== '..') expect(topic).toBe(rendered);
      }),
    );
  }, 60_000);

  it('§8.8: given a device name with a blank and an umlaut, when published, then the topic is legal', () => {
    const preview = mapperOf(allKinds({})).preview({
      kind: 'telemetry',
      deviceId: 1,
      deviceName: 'Kessel Süd',
      values: [],
    });
    expect(preview).toMatchObject({
      renderedTopic: 'ng.uplink.telemetry.Kessel Süd',
      topic: 'ng.uplink.telemetry.Kessel_S_d',
    });
  });
});
