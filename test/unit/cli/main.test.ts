import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.js';
import { main } from '../../../src/cli/main.js';
import manifest from '../../../package.json' with { type: 'json' };
import { brokenPipe, fileOf, runCli } from '../../support/cli.js';

const CONFIG = { connection: { bootstrapServers: '127.0.0.1:9' }, uplink: { telemetry: { enabled: true } } };

describe('the command line', () => {
  it('given --help, then it lists the commands; given none, the same with exit code 2', async () => {
    const help = await runCli(['--help']);
    expect(help.code).toBe(0);
    for (const { name } of COMMANDS) expect(help.stdout).toContain(`  ${name} `);
    expect(await runCli([])).toEqual({ ...help, code: 2 });
    expect(await runCli(['-h'])).toEqual(help);
    const ofCheck = await runCli(['check', '--help']);
    for (const typed of [
      ['help', 'check'],
      ['check', '-h'],
    ])
      expect(await runCli(typed)).toEqual(ofCheck);
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    'given %s --help, then there is an example of it',
    async (name, command) => {
      const { code, stdout } = await runCli([name, '--help']);
      expect(code).toBe(0);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const { line } of command.examples) {
        expect(line).toMatch(new RegExp(`(^| )${name} `));
        expect(stdout).toContain(`npx ng-kafka-northward ${line}`);
      }
      for (const option of Object.keys(command.options)) expect(stdout).toContain(`--${option}`);
    },
  );

  it('given --version, then it is that of the package', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it.each([
    [['chek', 'a.json'], /there is no command "chek"; there are check, /],
    [['check', 'a.json', '--jsn'], /Unknown option '--jsn'/],
    [['check', 'a.json', 'b.json'], /expected <config\.json>; found 2 arguments/],
    [['check'], /expected <config\.json>, or --schema/],
    [['check', 'a.json', '--app-id', 'x'], /--app-id takes a whole number; found "x"/],
    [['check', 'a.json', '--unknown-keys', 'x'], /--unknown-keys takes error or warn; found "x"/],
    [['check', '/nowhere/a.json'], /a\.json cannot be read: ENOENT/],
    [['ch\u001b[31meck'], /there is no command "ch\\u001b\[31meck"/],
  ])('given %j, then it is exit code 2, with the reason on standard error', async (typed, reason) => {
    const { code, stdout, stderr } = await runCli(typed);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(reason);
  });

  it('given a terminal, then there are colours; not with NO_COLOR, a dumb terminal, a pipe or --json', async () => {
    const file = await fileOf(CONFIG);
    const coloured = async (typed: readonly string[], terminal: boolean, env = {}): Promise<boolean> =>
      (await runCli(typed, { terminal, env })).stdout.includes('\u001b[');
    expect(await coloured(['check', file], true)).toBe(true);
    expect(await coloured(['check', file], true, { NO_COLOR: '1' })).toBe(false);
    expect(await coloured(['check', file], true, { TERM: 'dumb' })).toBe(false);
    expect(await coloured(['check', file], false)).toBe(false);
    expect(await coloured(['check', file, '--json'], true)).toBe(false);
  });

  it('given a terminal, then notes are in colour too, and nowhere else', async () => {
    const file = await fileOf({ ...CONFIG, connection: {} });
    const painted = await runCli(['preview', file], { terminal: true });
    expect(painted.stderr).toContain('\u001b[31merror');
    const plain = await runCli(['preview', file]);
    expect(plain.stderr).toMatch(/^error {4}connection/);
  });

  it('given standard output that cannot be written, then it is exit code 2, with the reason', async () => {
    const stdout = Object.assign(
      new Writable({
        write: (_chunk, _encoding, done) => {
          done(new Error('ENOSPC: no space left on device'));
        },
      }),
      { isTTY: false },
    );
    let notes = '';
    const stderr = Object.assign(
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          notes += chunk.toString();
          done();
        },
      }),
      { isTTY: false },
    );
    const interrupted = new AbortController().signal;
    const world = { stdin: process.stdin, stdout, stderr, env: {}, interrupted };
    expect(await main(['check', '--schema'], world)).toBe(2);
    expect(notes).toBe('standard output cannot be written: ENOSPC: no space left on device\n');
  });

  it('given a reader that has gone away, then it ends with exit code 0', async () => {
    const { stdin } = process;
    const interrupted = new AbortController().signal;
    const world = { stdin, stdout: brokenPipe(), stderr: brokenPipe(), env: {}, interrupted };
    expect(await main(['check', '--schema'], world)).toBe(0);
  });

  it('given a command that fails in a way that nobody thought of, then it is exit code 3, and asks for a report', async () => {
    const command = COMMANDS.find(({ name }) => name === 'check')!;
    const original = { ...command };
    try {
      Object.assign(command, { run: () => Promise.reject(new Error('odd')) });
      const { code, stderr } = await runCli(['check', 'a.json']);
      expect(code).toBe(3);
      expect(stderr).toMatch(/Please report it[^]*Error: odd\n/);
    } finally {
      Object.assign(command, original);
    }
  });

  it('given an interruption, then it is exit code 130', async () => {
    const file = await fileOf(CONFIG);
    expect((await runCli(['check', file], { interrupted: AbortSignal.abort() })).code).toBe(130);
  });

  describe('as a program of its own', { timeout: 120_000 }, () => {
    const start = (...typed: string[]) =>
      spawn(process.execPath, ['scripts/cli.mjs', ...typed], { stdio: ['pipe', 'pipe', 'pipe'] });

    it('given a configuration on standard input, then it prints what is wrong with it', async () => {
      const child = start('check', '-', '--json');
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stdin.end(JSON.stringify(CONFIG));
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(JSON.parse(stdout)).toEqual({ ok: true, problems: [], warnings: [] });
    });

    it('given a reader that goes away, then it ends with exit code 0, and says nothing', async () => {
      const child = start('check', '--schema');
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdout.destroy();
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(stderr).not.toMatch(/error|EPIPE|fault/i);
    });

    it('given Ctrl-C while it waits for standard input, then it ends with exit code 130', async () => {
      const child = start('check', '-');
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      // It reads once what is written is gone.
      await new Promise<void>((resolve) => child.stdin.write('{'.repeat(1_048_576), () => resolve()));
      child.kill('SIGINT');
      expect(await once(child, 'close')).toEqual([130, null]);
      expect(stderr).not.toMatch(/error|EPIPE|fault/i);
    });
  });
});
