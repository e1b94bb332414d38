import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { kafkaJars } from '../../../scripts/kafka/jars.mjs';
import { cachePath } from '../../../scripts/lib/cache.mjs';
import { runScript, runScriptWith } from '../../support/script-run.js';

/** The program of the package itself: test/unit/cli/main.test.ts. */
const OF_ITS_OWN = ['cli'];
/** Scripts of package.json that are files of this project: their names and files. */
const SCRIPTS = Object.entries(manifest.scripts).flatMap(([name, command]) => {
  const file = /^node (\S+\.mjs)$/.exec(command)?.[1];
  return file === undefined || name === 'prepack' || OF_ITS_OWN.includes(name) ? [] : [[name, file] as const];
});
/** They hand their arguments on to a tool that knows more options than they do. */
const PASSED_ON = ['test', 'kafka:tool'];

describe('the command line of each script', () => {
  it('is that of all scripts which take arguments', () => {
    expect(SCRIPTS.map(([name]) => name).toSorted()).toEqual(
      [
        'bench',
        'bench:downlink',
        'bench:startup',
        'bench:tuning',
        'build',
        'chaos',
        'demo',
        'docs:api',
        'example',
        'kafka',
        'kafka:tool',
        'pack:smoke',
        'setup',
        'soak',
        'store:backlog',
        'store:kills',
        'store:outage',
        'store:power-cuts',
        'test',
        'test:nodes',
      ].toSorted(),
    );
  });

  it.each(SCRIPTS)('%s --help says what it takes', async (name, file) => {
    const { code, output } = await runScript(file, '--help');
    const command = name === 'test' ? 'npm test' : `npm run ${name}`;
    expect(output).toMatch(new RegExp(`^${command} -- .*\n\n\\S`));
    expect(output).not.toMatch(/^ {4}at /m);
    expect(code).toBe(0);
  });

  it.each(SCRIPTS.filter(([name]) => !PASSED_ON.includes(name)))(
    '%s refuses an option that it does not know, in words',
    async (name, file) => {
      const { code, output } = await runScript(file, '--no-such-option');
      expect(output).toBe(
        `npm run ${name}: Unknown option '--no-such-option'\n"npm run ${name} -- --help" says what it takes.\n`,
      );
      expect(code).toBe(2);
    },
  );

  it.each([
    ['scripts/kafka.mjs', ['--nodes', '2'], '--nodes takes 1 or 3; found "2"'],
    ['bench/run.mjs', ['--rounds', 'many'], '--rounds takes a whole number from 1 on; found "many"'],
    ['scripts/kafka.mjs', ['stop'], "Unexpected argument 'stop'"],
    ['scripts/kafka.mjs', ['--nodes'], "Option '--nodes <value>' argument missing"],
    ['scripts/setup.mjs', ['--kafka=yes'], "Option '--kafka' does not take an argument"],
    ['scripts/kafka-tool.mjs', ['no-such-tool'], 'there is no tool "no-such-tool"'],
    ['scripts/demo.mjs', ['--kafka'], '--kafka goes with --outage'],
    ['scripts/demo.mjs', ['--outage', '--seconds', '9'], '--outage takes --kafka only'],
    ['scripts/chaos.mjs', ['--out', 'no/such/rounds.jsonl'], '--out: there is no folder no/such'],
    ['scripts/chaos.mjs', ['--svg', 'docs'], '--svg: docs is a folder; a file is needed'],
    [
      'scripts/chaos.mjs',
      ['--keep', 'package.json'],
      '--keep: a file is in the place of the folder package.json',
    ],
    ['scripts/soak.mjs', ['--svg', 'no/such/soak.svg'], '--svg: there is no folder no/such'],
    ['scripts/soak.mjs', ['--out', ''], '--out: its name is missing'],
    ['scripts/soak.mjs', ['--from', 'no-such.json'], '--from: there is no file no-such.json'],
    ['scripts/soak.mjs', ['--from', 'README.md'], '--from: README.md is not JSON'],
    ['scripts/soak.mjs', ['--from', 'package.json'], '--from: package.json was not written by --out'],
    ['scripts/soak.mjs', ['--from', 'package.json', '--out', 'x.json'], '--from takes --svg only'],
    ['scripts/soak.mjs', ['--node', '26'], '--node takes a version as 22.23.3; found "26"'],
    ['scripts/demo.mjs', ['--config', 'no-such.json'], '--config: there is no file no-such.json'],
    ['bench/run.mjs', ['--save', 'no/such/results.json'], '--save: there is no folder no/such'],
    [
      'scripts/demo.mjs',
      ['--bootstrap', 'kafka'],
      '--bootstrap takes HOST:PORT, several separated by commas',
    ],
    ['scripts/store-outage.mjs', ['--share', 'all'], '--share takes a number from 0.01 to 1; found "all"'],
    ['scripts/test-nodes.mjs', ['22'], 'VERSION is as 22.23.3; found "22"'],
    ['bench/run.mjs', ['--broker', 'kafka:'], '--broker takes embedded, kafka or HOST:PORT; found "kafka:"'],
    ['scripts/example.mjs', ['no-such-example'], 'there is no examples/no-such-example.ts'],
  ])('%s %j is refused in words', async (file, args, problem) => {
    const { code, output } = await runScript(file, ...args);
    expect(output).toContain(problem);
    expect(output).not.toMatch(/^ {4}at /m);
    expect(code).toBe(2);
  });

  it.each([
    ['scripts/kafka.mjs', []],
    ['scripts/kafka-tool.mjs', ['topics', '--list']],
  ])("%s %j without Kafka's jars, or without Java, says what to do first", async (file, args) => {
    const cache = await mkdtemp(path.join(os.tmpdir(), 'northward-cache-'));
    const env = { XDG_CACHE_HOME: cache, JAVA_HOME: '', PATH: cache };
    const withoutJars = await runScriptWith(env, file, ...args);
    expect(withoutJars.output).toMatch(
      /Kafka's jars are not in \S+\. Run "npm run setup -- --kafka" first\.\n$/,
    );
    expect(withoutJars.output).not.toMatch(/^ {4}at /m);
    expect(withoutJars.code).toBe(1);

    const jars = path.relative(cachePath('kafka'), kafkaJars());
    await mkdir(path.join(cache, 'ng-kafka-northward/kafka', jars), { recursive: true });
    const withoutJava = await runScriptWith(env, file, ...args);
    expect(withoutJava.output).toMatch(
      /there is no Java: "java" cannot be run\. Run "npm run setup -- --kafka" first\.\n$/,
    );
    expect(withoutJava.output).not.toMatch(/^ {4}at /m);
    expect(withoutJava.code).toBe(1);
    await rm(cache, { recursive: true });
  });

  it('is read in one place', () => {
    for (const [, file] of SCRIPTS) expect(readFileSync(file, 'utf8'), file).not.toContain('parseArgs');
  });
});
