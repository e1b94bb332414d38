import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../doc-pages.js';

export const TROUBLESHOOTING = path.join(root, 'docs/troubleshooting.md');

/** The page with these texts in the blocks behind their markers; other blocks stay. */
export async function pageWith(texts: Readonly<Record<string, string>>): Promise<string> {
  const page = await readFile(TROUBLESHOOTING, 'utf8');
  const block = /^<!-- seen: ([\w-]+) -->\n\n```text\n[\s\S]*?^```$/gm;
  return page.replaceAll(block, (all, id: string) => {
    const text = texts[id];
    return text === undefined ? all : `<!-- seen: ${id} -->\n\n\`\`\`text\n${text}\n\`\`\``;
  });
}
