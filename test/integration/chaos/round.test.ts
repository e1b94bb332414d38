import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWithOwnKafka } from '../../support/kafka-cluster.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

describeWithOwnKafka('§7.3 §8 a round of chaos on three brokers', () => {
  it('npm run chaos finds nothing that is lost, doubled without a word, or out of order', async () => {
    const args = ['scripts/chaos.mjs', '--seed', '1', '--seconds', '30'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PROJECT }).catch(
      (error: { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}\n${error.stderr}`);
      },
    );
    expect(stdout).toContain('no problem found');
    expect(stdout).toMatch(/gateway killed [1-9]/);
    expect(stdout).toMatch(/broker killed [1-9]/);
  }, 600_000);
});
