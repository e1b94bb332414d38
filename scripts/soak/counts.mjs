// @ts-check

/** What a gateway has counted before it did anything. @returns {import('./host.mjs').Counts} */
export function noCounts() {
  return {
    published: 0,
    delivered: 0,
    stored: 0,
    skipped: 0,
    rejected: {},
    arrived: 0,
    lost: 0,
    maybeDuplicate: 0,
  };
}
