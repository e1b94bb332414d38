import type { UplinkEvent } from '../../src/index.js';
import { configurationOf } from './doc-configurations.js';
import { previewOf, publishedBy } from './doc-examples.js';
import { blocksOf, jsonBlock } from './doc-pages.js';

/** What the first column of a table has, and so what the second shows. */
type Subject = 'topic template' | 'key template' | 'expression';

const TABLE = /^\| (topic template|key template|expression) +\|[^\n]*\n\|[-| :]+\|\n(?:\|[^\n]*\n)+/gm;

/** A row: something in one or two backticks, and what it becomes. */
const ROW = /^(\| (?:`` ?(.+?) ?``|`([^`]+)`) *\|) (.*?) *(?<!\\)\|/gm;

/** The page, with what its templates and expressions really give: each for the last event before its table. */
export async function withRealTables(page: string, text: string): Promise<string> {
  const events = blocksOf(page, text).filter(({ marker }) => marker === 'publish');
  let out = text.slice(0, events[0]?.start);
  for (const [index, block] of events.entries()) {
    const event = await publishedBy(block);
    const section = text.slice(block.start, events[index + 1]?.start);
    out += section.replaceAll(TABLE, (table, subject: Subject) =>
      table.replaceAll(ROW, (row, head: string, doubled: string, single: string, shown: string) => {
        const code = (doubled ?? single).replaceAll('\\|', '|');
        const real = given(subject, code, event).replaceAll('|', '\\|');
        return shown === real ? row : `${head} ${real} |`;
      }),
    );
  }
  return out;
}

function given(subject: Subject, code: string, event: UplinkEvent): string {
  const rules = { mode: 'mapped_json', config: { result: code } };
  const [field = ''] = subject.split(' ');
  const mapping = subject === 'expression' ? { payload: rules } : { [field]: code };
  const json = JSON.stringify(mapping);
  const config = configurationOf(jsonBlock('mapping', json));
  try {
    const { topic, key, value } = previewOf(config, event);
    if (subject === 'key template') return key === null ? 'no key' : inCode(key.toString());
    return inCode(subject === 'topic template' ? topic : value.toString().slice('{"result":'.length, -1));
  } catch (error) {
    return `refused, \`${(error as { code: string }).code}\``;
  }
}

const inCode = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
