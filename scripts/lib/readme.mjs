// @ts-check
/** What a reader of README.md pastes: its programs and the configuration of the second one. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from './project.mjs';

const CONFIG = 'northward.json';
/** The address that the page has in it. */
const SHOWN_ADDRESS = '127.0.0.1:9092';

/** The blocks of the page in a language, as they stand there. @param {string} language */
export async function readmeBlocks(language) {
  const page = await readFile(path.join(projectRoot, 'README.md'), 'utf8');
  const fenced = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...page.matchAll(fenced)].map(([, code = '']) => code);
}

/**
 * Writes first.mjs, gateway.mjs and northward.json.
 * @param {string} folder
 */
export async function writeReadmeFiles(folder) {
  const programs = (await readmeBlocks('ts')).map((code) => [/^\/\/ (\S+)\n/.exec(code)?.[1], code]);
  const [config] = await readmeBlocks('json');
  for (const [name, code] of [...programs, [CONFIG, config]]) {
    if (name === undefined || code === undefined) throw new Error('README.md: a program without its name');
    await writeFile(path.join(folder, name), code);
  }
}

/**
 * Puts another broker's address into northward.json, or into commands of the page.
 * @param {string} text
 * @param {string} bootstrapServers
 */
export function withAddress(text, bootstrapServers) {
  if (!text.includes(SHOWN_ADDRESS)) throw new Error(`README.md: no ${SHOWN_ADDRESS} in:\n${text}`);
  return text.replaceAll(SHOWN_ADDRESS, bootstrapServers);
}
