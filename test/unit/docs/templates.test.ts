import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VARIABLE_NAMES } from '../../../src/config/names.js';
import { HELPER_ARITY } from '../../../src/language/template/helpers.js';
import { safeTopic } from '../../../src/uplink/encode/record-route.js';
import { EVERY_KIND } from '../../support/doc-configurations.js';
import { eventsByKind, previewOf } from '../../support/doc-examples.js';

const page = readFileSync(new URL('../../../docs/templates.md', import.meta.url), 'utf8');

describe('docs/templates.md', () => {
  it(
    '§4: given each variable, then its row says on which kinds it is there',
    { timeout: 60_000 },
    async () => {
      const events = await eventsByKind();
      const kinds = [...(/^\| variable +(\|.*)\|$/m.exec(page)?.[1] ?? '').matchAll(/`(\w+)`/g)].map(
        ([, kind = '']) => kind,
      );
      expect(kinds.toSorted()).toEqual([...events.keys()].toSorted());
      for (const name of VARIABLE_NAMES) {
        const cells = (new RegExp(`^\\| \`${name}\` *(\\|.*)\\|$`, 'm').exec(page)?.[1] ?? '')
          .split('|')
          .slice(1);
        const shown = cells.map((cell) => cell.trim() !== '');
        const there = kinds.map((kind) => {
          const mapping = { enabled: true, key: `{{${name}}}` };
          const slots = Object.keys(EVERY_KIND.uplink).map((slot) => [slot, mapping]);
          const config = { ...EVERY_KIND, uplink: Object.fromEntries(slots) };
          return previewOf(config, events.get(kind)!).key !== null;
        });
        expect({ name, shown }).toEqual({ name, shown: there });
      }
    },
  );

  it.each(['ng.Kessel Süd', 'ng.水泵1', 'ng.pump-1'])(
    '§4: given %s, when made safe, then the page shows the topics',
    (rendered) => {
      expect(page).toContain(`\`${safeTopic(rendered, 'sanitize')}\``);
      expect(page).toContain(`\`${safeTopic(rendered, 'sanitize_hash')}\``);
    },
  );

  it.each([...HELPER_ARITY.keys()])('§4: given the helper %s, then the page has it', (name) => {
    expect(page).toMatch(new RegExp(`\`(?:\\{\\{)?${name}\\b`));
  });
});
