import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ConfigError,
  createKafkaNorthward,
  loadConfigFile,
  parseConfigText,
  type ConfigProblem,
} from '../../../src/index.js';
import { createMemoryNorthward } from '../../../src/testing/index.js';

const FACTORIES = [
  ['createKafkaNorthward', createKafkaNorthward],
  ['createMemoryNorthward', createMemoryNorthward],
] as const;

async function refusal(run: () => unknown): Promise<ConfigError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** `3:5 uplink: message` for each problem. */
const shown = (problems: readonly ConfigProblem[]): string[] =>
  problems.map(({ path: at, message, line, column }) => `${line}:${column} ${at}: ${message}`);

const problemsOf = async (text: string): Promise<string[]> =>
  shown((await refusal(() => parseConfigText(text))).problems);

describe('a configuration from a text', () => {
  test('§2: given comments, a byte order mark and commas at the end, then the document is that of the JSON', () => {
    const text = `\uFEFF{
      // where
      "connection": { "bootstrapServers": ["a:1", "b:2",], }, /* and
      what */
      "uplink": { "telemetry": { "enabled": true } },
      "downlink": { "enabled": false },
    }`;
    expect(parseConfigText(text)).toStrictEqual({
      connection: { bootstrapServers: ['a:1', 'b:2'] },
      uplink: { telemetry: { enabled: true } },
      downlink: { enabled: false },
    });
    expect(createKafkaNorthward(parseConfigText(text)).warnings).toEqual([]);
  });

  test('given any JSON object, then the document is what JSON.parse gives', () => {
    const text =
      '{"a":[1,-2.5e3,"x\\u00e9\\n",true,false,null,[],{}],"__proto__":{"b":1},"constructor":{"prototype":2},"":0}';
    expect(JSON.stringify(parseConfigText(text))).toBe(JSON.stringify(JSON.parse(text)));
    expect(Object.getPrototypeOf(parseConfigText(text))).toBe(Object.prototype);
  });

  test.each([
    ['{\n  "a": 1\n  "b": 2\n}', ['3:3 : expected a comma']],
    ['{ "a": 1,\n "b" 2 }', ['2:6 : expected a colon after the key']],
    ['{ "a": }', ['1:8 : expected a value']],
    ['{ "a": [1, 2 }', ['1:14 : expected a comma']],
    ['{ "a": 1', ['1:9 : expected } at the end of an object']],
    ['{ a: 1 }', ['1:3 : expected JSON; found a word that is none (texts and keys stand in double quotes)']],
    [
      "{ 'a': 1 }",
      ['1:3 : expected JSON; found a word that is none (texts and keys stand in double quotes)'],
    ],
    [
      '{ "a": undefined }',
      ['1:8 : expected JSON; found a word that is none (texts and keys stand in double quotes)'],
    ],
    ['{ "a": "b\n}', ['1:8 : expected a double quote at the end of a string']],
    ['{ "a": "\\x" }', ['1:8 : expected an escape that JSON has, such as \\n or \\\\']],
    ['{ "a": "\\u12" }', ['1:8 : expected four hexadecimal digits after \\u']],
    ['{ "a": "b\tc" }', ['1:8 : expected an escape, such as \\n or \\t; found a control character']],
    ['{ "a": 1. }', ['1:8 : expected a digit at the end of a number']],
    ['{} /* a', ['1:4 : expected */ at the end of a comment']],
    ['{} {}', ['1:4 : expected nothing after the document']],
    ['', ['1:1 : expected an object; found nothing: the text is empty, or has only comments']],
    [' // nothing\n', ['2:1 : expected an object; found nothing: the text is empty, or has only comments']],
    ['{ "a":', ['1:7 : expected a value']],
    ['}', ['1:1 : expected a value']],
    // Two mistakes are told at once.
    ['{\n "a": 1\n "b": 2,\n "c" 3\n}', ['3:2 : expected a comma', '4:6 : expected a colon after the key']],
    ['\r\n{\r\n "a" 1\r\n}', ['3:6 : expected a colon after the key']],
    ['[]', ['1:1 : expected an object; found a list']],
    [' null', ['1:2 : expected an object; found null']],
    ['"a"', ['1:1 : expected an object; found a string']],
  ])('given %j, then its mistakes are told with line and column', async (text, problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  test('given a key twice, then each is a problem, with the line of the first one', async () => {
    const text = `{
  "connection": { "bootstrapServers": "a", "bootstrapServers": "b" },
  "uplink": { "enabled": true },
  "uplink": { "enabled": false },
  "list": [{ "a": 1, "a": 2 }]
}`;
    expect(await problemsOf(text)).toEqual([
      '2:44 connection.bootstrapServers: expected each key once; found it again (first in line 2)',
      '4:3 uplink: expected each key once; found it again (first in line 3)',
      '5:22 list[0].a: expected each key once; found it again (first in line 5)',
    ]);
    // The same name in two objects is no repetition.
    expect(() =>
      parseConfigText('{ "a": { "x": 1 }, "b": { "x": 1 }, "c": [{ "x": 1 }, { "x": 1 }] }'),
    ).not.toThrow();
  });

  test('given more than a configuration may have, then it is refused, whatever the text is', async () => {
    const deep = await problemsOf(`{"a":${'['.repeat(1_000_000)}`);
    expect(deep).toEqual([expect.stringContaining(': expected at most 64 levels; found deeper nesting')]);
    const many = await problemsOf(`{"a":[${'1,'.repeat(60_000)}1]}`);
    expect(many).toEqual([expect.stringContaining(': expected at most 50000 values; found more')]);
    const noJson = await problemsOf('no JSON\n'.repeat(400_000));
    expect(noJson).toHaveLength(100);
    const long = await refusal(() => parseConfigText(`{}${' '.repeat(5_000_000)}`));
    expect(long.message).toContain('expected at most 4194304 characters; found more');
    expect((await refusal(() => parseConfigText(42 as never))).message).toContain(
      'expected a text; found a number',
    );
  });

  test('given a secret in a text that is wrong, then no message has it', async () => {
    for (const text of [
      '{ "password": "hunter2 }',
      '{ "password": hunter2 }',
      '{ "password" "hunter2", "a" }',
    ]) {
      const error = await refusal(() => parseConfigText(text));
      expect(JSON.stringify(error) + error.message).not.toContain('hunter2');
    }
  });
});

describe('what is wrong with a document from a text', () => {
  const TEXT = `{
  "app": { "id": "seven" },
  "connection": { "bootstrapServers": ["a:1", "b:x"] },
  // what goes up
  "uplink": {
    "telemetry": { "enabled": true, "topc": "a" },
    "headers": ["device_id", 7]
  },
  "downlink": { "writePoint": { "enabled": true, "ackPolicy": "allways" } }
}`;

  test.each(FACTORIES)('%s: has line, column and the name of the text', async (_name, create) => {
    const error = await refusal(() => create(parseConfigText(TEXT, { source: 'plant.json' })));
    expect(error.problems.map(({ path: at, line, column }) => `${at} ${line}:${column}`).toSorted()).toEqual([
      'app.id 2:12',
      'connection.bootstrapServers 3:19',
      'downlink.writePoint.ackPolicy 9:50',
      'uplink.headers[1] 7:30',
      'uplink.telemetry.topc 6:37',
    ]);
    expect(error.message).toContain('Invalid configuration in plant.json, 5 problems:\n');
    expect(error.message).toContain(
      '\n  uplink.telemetry.topc (line 6, column 37): unknown key; did you mean topic?',
    );
  });

  test('what is missing is told at the section where it belongs', async () => {
    const text = '{\n "connection": {},\n "downlink": { "enabled": false } }';
    const { problems } = await refusal(() => createKafkaNorthward(parseConfigText(text)));
    expect(shown(problems)).toEqual([
      expect.stringMatching(/^2:2 connection\.bootstrapServers: is required: /),
    ]);
    const nothing = await refusal(() => createKafkaNorthward(parseConfigText('\n  {}')));
    expect(shown(nothing.problems)).toEqual([expect.stringMatching(/^2:3 connection: is required: /)]);
  });

  test('what was given beside the document has no place in it', async () => {
    const text = '{ "app": { "id": 1 }, "connection": { "bootstrapServers": "a" } }';
    const { problems } = await refusal(() =>
      createKafkaNorthward(parseConfigText(text), { app: { id: 'seven' as never } }),
    );
    expect(shown(problems)).toEqual([expect.stringMatching(/^undefined:undefined app\.id: /)]);
  });

  test('a warning has its place too, and the log line says it', () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const text = `{
  "connection": { "bootstrapServers": "a" },
  "uplink": { "telemetry": { "enabled": true, "topic": "a", "payload": { "mode": "kv", "config": {} } } },
  "downlink": { "enabled": false }
}`;
    const { warnings } = createKafkaNorthward(parseConfigText(text), {
      logger: { debug: log, info: log, warn: log, error: log },
    });
    expect(shown(warnings)).toEqual([
      expect.stringMatching(/^3:88 uplink\.telemetry\.payload\.config: does not/),
    ]);
    expect(lines).toEqual([
      expect.stringMatching(
        /^Configuration: uplink\.telemetry\.payload\.config \(line 3, column 88\): does not/,
      ),
    ]);
  });
});

describe('a configuration from a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-northward-config-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  async function file(name: string, content: string | Buffer): Promise<string> {
    const full = path.join(folder, name);
    await writeFile(full, content);
    return full;
  }
  const GOOD = '{ "connection": { "bootstrapServers": "a" } } // fine';

  test('is read by its path and by its URL', async () => {
    const good = await file('good.json', GOOD);
    const document = { connection: { bootstrapServers: 'a' } };
    expect(await loadConfigFile(good)).toEqual(document);
    expect(await loadConfigFile(pathToFileURL(good))).toEqual(document);
    expect(await loadConfigFile(await file('bom.json', `\uFEFF${GOOD}`))).toEqual(document);
  });

  test('what is wrong names the file, of its text as of its content', async () => {
    const text = await file('text.json', '{ "a" }');
    expect((await refusal(() => loadConfigFile(text))).message).toBe(
      `Invalid configuration in ${text}, 1 problem:\n  line 1, column 7: expected a colon after the key`,
    );
    const content = await file('content.json', '{ "conection": { "bootstrapServers": "a" } }');
    const error = await refusal(async () => createKafkaNorthward(await loadConfigFile(content)));
    expect(error.message).toBe(
      `Invalid configuration in ${content}, 1 problem:\n  conection (line 1, column 3): unknown key; did you mean connection?`,
    );
  });

  test('that cannot be read is refused, with the reason as the cause', async () => {
    const absent = path.join(folder, 'absent.json');
    const error = await refusal(() => loadConfigFile(absent));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', cause: { code: 'ENOENT' } });
    expect(error.message).toContain(
      `in ${absent}, 1 problem:\n  (document): the file cannot be read: ENOENT`,
    );
    expect((await refusal(() => loadConfigFile(folder))).cause).toMatchObject({ code: 'EISDIR' });
    const url = await refusal(() => loadConfigFile(new URL('https://plant.example/northward.json')));
    expect(url.message).toContain('the file cannot be read: ');
    expect((await refusal(() => loadConfigFile(42 as never))).message).toContain(
      'expected a path or a URL; found a number',
    );
    expect((await refusal(() => loadConfigFile('a\0b'))).message).toContain('the file cannot be read: ');
  });

  test('in another encoding than UTF-8 is refused', async () => {
    const utf16 = await file('utf16.json', Buffer.from(`\uFEFF${GOOD}`, 'utf16le'));
    expect((await refusal(() => loadConfigFile(utf16))).message).toContain(
      'expected a file in UTF-8; found another encoding',
    );
  });

  test.runIf(process.platform === 'linux')('without end is refused', async () => {
    expect((await refusal(() => loadConfigFile('/dev/zero'))).message).toContain(
      'expected at most 4194304 characters; found more',
    );
  });
});
