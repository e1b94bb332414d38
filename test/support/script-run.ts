import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A script of the repository, with what it printed on both streams. */
export function runScript(file: string, ...args: string[]) {
  return runScriptWith({}, file, ...args);
}

/** The same, with other variables of the environment. */
export async function runScriptWith(env: Readonly<Record<string, string>>, file: string, ...args: string[]) {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}
