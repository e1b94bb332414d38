import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HELPER_ARITY } from '../../../src/mapping/template-helpers.js';
import { safeTopic } from '../../../src/uplink/topic.js';

const DOCS = readFileSync(new URL('../../../docs/uplink.md', import.meta.url), 'utf8');

describe('docs/uplink.md', () => {
  it.each(['ng.Kessel Süd', 'ng.水泵1', 'ng.pump-1'])(
    '§4: given %s, when made safe, then the page shows the topics',
    (rendered) => {
      expect(DOCS).toContain(`\`${safeTopic(rendered, 'sanitize')}\``);
      expect(DOCS).toContain(`\`${safeTopic(rendered, 'sanitize_hash')}\``);
    },
  );

  it.each([...HELPER_ARITY.keys()])('§4: given the helper %s, then the page has it', (name) => {
    expect(DOCS).toMatch(new RegExp(`\`(?:\\{\\{)?${name}\\b`));
  });
});
