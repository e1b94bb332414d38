import { createHash } from 'node:crypto';

/** What becomes of a rendering that Kafka would refuse (contract §4). */
export type TopicPolicy = 'sanitize' | 'sanitize_hash' | 'reject';

const MAX_LENGTH = 249;
const HASH_DIGITS = 16;
/** What is left of an over-long name before `-` and the hash. */
const CUT_LENGTH = MAX_LENGTH - HASH_DIGITS - 1;

/**
 * The topic that Kafka gets for a rendering, which must not be empty. `null`: the policy is `reject`, and
 * Kafka would refuse the name.
 */
export function safeTopic(rendered: string, policy: TopicPolicy): string | null {
  const clean = replaceIllegal(rendered);
  const replaced = clean !== rendered;
  if (!replaced && clean.length <= MAX_LENGTH) return clean;
  if (policy === 'reject') return null;
  const hashed = clean.length > MAX_LENGTH || (replaced && policy === 'sanitize_hash');
  return hashed ? `${clean.slice(0, CUT_LENGTH)}-${hashOf(rendered)}` : clean;
}

/** Each code point that is not allowed becomes `_`, so do the names `.` and `..`. */
function replaceIllegal(rendered: string): string {
  if (rendered === '.') return '_';
  if (rendered === '..') return '__';
  let clean = '';
  for (let i = 0; i < rendered.length; i += 1) {
    const unit = rendered.charCodeAt(i);
    clean += isLegal(unit) ? rendered[i] : '_';
    if (isSurrogatePair(unit, rendered.charCodeAt(i + 1))) i += 1;
  }
  return clean;
}

function isLegal(unit: number): boolean {
  if (unit >= 0x61) return unit <= 0x7a; // a-z
  if (unit >= 0x41) return unit <= 0x5a || unit === 0x5f; // A-Z _
  if (unit >= 0x30) return unit <= 0x39; // 0-9
  return unit === 0x2d || unit === 0x2e; // - .
}

function isSurrogatePair(high: number, low: number): boolean {
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}

function hashOf(rendered: string): string {
  return createHash('sha256').update(rendered).digest('hex').slice(0, HASH_DIGITS);
}
