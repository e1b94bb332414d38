import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { whyNoMounts } from '../../../scripts/store/mounts.mjs';

const whyNot = await whyNoMounts();
if (whyNot !== undefined) console.warn(`skipped, file systems of our own cannot be mounted: ${whyNot}`);
const MOUNTS = new URL('../../../scripts/store/mounts.mjs', import.meta.url).href;

describe.skipIf(whyNot !== undefined)('a file system in memory', () => {
  it('given a process that ends without removing it, as it does at Ctrl-C, then it is gone', async () => {
    const script = `
      import { writeFile } from 'node:fs/promises';
      const { Tmpfs } = await import(${JSON.stringify(MOUNTS)});
      const disk = await Tmpfs.make(1_048_576);
      await writeFile(disk.folder + '/something', 'x');
      process.stdout.write(disk.folder);
      process.exit(130);`;
    const args = ['--input-type=module', '--eval', script];
    const folder = await promisify(execFile)(process.execPath, args).then(
      () => 'it ended with 0',
      ({ stdout, code }: { stdout: string; code: number }) =>
        code === 130 ? stdout : `it ended with ${code}`,
    );
    expect(folder).toContain('northward-tmpfs-');
    expect(existsSync(folder)).toBe(false);
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(folder);
  });
});
