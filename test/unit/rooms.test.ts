import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The rooms of src and what each may import, types included: other rooms, or single files of them. A file belongs to the
 * first room whose path it starts with. docs/design.md says what each is for.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'api/': [],
  'core/': ['api/'],
  'record/': ['api/'],
  'language/': ['api/', 'core/'],
  'config/': ['api/', 'core/', 'record/', 'language/'],
  'kafka/port/': ['api/', 'core/', 'record/'],
  'kafka/client/': ['api/', 'core/', 'record/', 'config/', 'kafka/port/', 'kafka/watch/'],
  'kafka/watch/': ['api/', 'core/', 'config/', 'kafka/port/'],
  'kafka/spread/': ['api/', 'core/', 'record/', 'kafka/port/', 'kafka/watch/'],
  'observability/': ['api/', 'core/', 'kafka/port/'],
  'store/': ['api/', 'core/', 'record/'],
  'uplink/': [
    'api/',
    'core/',
    'record/',
    'language/',
    'config/',
    'kafka/port/',
    'kafka/watch/',
    'observability/',
    'store/port.ts',
  ],
  'downlink/': [
    'api/',
    'core/',
    'record/',
    'language/',
    'config/',
    'kafka/port/',
    'kafka/watch/',
    'observability/',
  ],
  'cli/': [
    'api/',
    'core/',
    'record/',
    'language/',
    'config/',
    'kafka/port/',
    'kafka/client/probe.ts',
    'store/',
    'diagnose/needs.ts',
    'create.ts',
    'diagnose.ts',
  ],
  'diagnose/': [
    'api/',
    'core/',
    'config/',
    'kafka/port/',
    'kafka/watch/',
    'store/look.ts',
    'store/trouble.ts',
    'uplink/encode/fixed-topics.ts',
  ],
};

const src = path.resolve('src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split(path.sep).join('/'));

const roomOf = (file: string): string | undefined => Object.keys(ROOMS).find((room) => file.startsWith(room));

/** The files of src that a file imports, in any way, types too. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(src, file), 'utf8');
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)\.js'/g);
  return [...found].map(([, to = '']) => path.posix.join(path.posix.dirname(file), `${to}.ts`));
}

/** The names that a file imports of another one. */
function namesFrom(file: string, from: string): string[] {
  const text = readFileSync(path.join(src, file), 'utf8');
  return [...text.matchAll(/(?:import|export)\s+(?:type\s+)?([^;]*?)\s+from\s+'(\.[^']+)\.js'/g)]
    .filter(([, , to = '']) => path.posix.join(path.posix.dirname(file), `${to}.ts`) === from)
    .flatMap(([, names = '']) => names.replaceAll(/[{}]/g, '').split(','))
    .map((name) => name.replace(/^\s*type\s/, '').trim())
    .filter((name) => name !== '');
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));

function straysOf(file: string, targets: readonly string[], allowed: readonly string[]): string[] {
  const may = (to: string): boolean => allowed.includes(to) || allowed.includes(roomOf(to) ?? to);
  return targets.filter((to) => !may(to)).map((to) => `${file} imports ${to}`);
}

describe('the rooms of src', () => {
  it.each(Object.entries(ROOMS))('%s imports what it may, and nothing else', (room, allowed) => {
    const own = files.filter((file) => roomOf(file) === room);
    expect(own).not.toEqual([]);
    expect(own.flatMap((file) => straysOf(file, imports.get(file)!, [room, ...allowed]))).toEqual([]);
  });

  it('every folder is a room, and what stands on top is not imported from under', () => {
    const top = new Set([
      'index.ts',
      'create.ts',
      'assemble.ts',
      'northward.ts',
      'reconfigure.ts',
      'host-arguments.ts',
      'diagnose.ts',
      'native-diagnosis.ts',
    ]);
    const homeless = files.filter(
      (file) => roomOf(file) === undefined && !top.has(file) && !file.startsWith('testing/'),
    );
    expect(homeless).toEqual([]);
    const importers = files.filter((file) =>
      (imports.get(file) ?? []).some((to) => to.startsWith('testing/') || to === 'index.ts'),
    );
    expect(importers.filter((file) => !file.startsWith('testing/'))).toEqual([]);
    const ofCommandLine = (file: string): boolean => file.startsWith('cli/');
    const others = files.filter((file) => !ofCommandLine(file));
    expect(others.filter((file) => (imports.get(file) ?? []).some(ofCommandLine))).toEqual([]);
  });

  it('only kafka/client touches the native client', () => {
    const touching = files.filter((file) =>
      /from '@confluentinc|import\('@confluentinc/.test(readFileSync(path.join(src, file), 'utf8')),
    );
    expect(touching.filter((file) => !file.startsWith('kafka/client/'))).toEqual([]);
    expect(touching).not.toEqual([]);
  });

  it('only create.ts, native-diagnosis.ts, cli/native.ts and the embedded broker make clients: everything else takes the ports', () => {
    const makers = files.filter(
      (file) =>
        !file.startsWith('kafka/client/') && imports.get(file)!.some((to) => to.startsWith('kafka/client/')),
    );
    expect(makers.toSorted()).toEqual([
      'cli/native.ts',
      'create.ts',
      'native-diagnosis.ts',
      'testing/embedded-broker.ts',
    ]);
  });

  it("librdkafka's numbers are known in kafka/ and to the doubles only", () => {
    // What codes.ts has besides is about our own codes.
    const forAll = new Set(['isTopicFault', 'needsPerson']);
    const strays = files
      .filter((file) => !file.startsWith('kafka/') && !file.startsWith('testing/'))
      .flatMap((file) => namesFrom(file, 'kafka/port/codes.ts').map((name) => ({ file, name })))
      .filter(({ name }) => !forAll.has(name));
    expect(strays).toEqual([]);
    expect(namesFrom('kafka/client/consumer.ts', 'kafka/port/codes.ts')).toContain('RD');
    expect(namesFrom('observability/reporter.ts', 'kafka/port/codes.ts')).toEqual(['needsPerson']);
  });

  it('there is no circle, not even of types', () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, way: readonly string[]): void => {
      const at = way.indexOf(file);
      if (at !== -1) {
        circles.push([...way.slice(at), file].join(' → '));
        return;
      }
      if (done.has(file)) return;
      for (const to of imports.get(file) ?? []) visit(to, [...way, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('the table sees a stray import', () => {
    const targets = ['uplink/batch.ts', 'core/fifo.ts', 'downlink/downlink.ts', 'assemble.ts'];
    expect(straysOf('uplink/uplink.ts', targets, ['uplink/', ...ROOMS['uplink/']!])).toEqual([
      'uplink/uplink.ts imports downlink/downlink.ts',
      'uplink/uplink.ts imports assemble.ts',
    ]);
    expect(imports.get('index.ts')?.length).toBeGreaterThan(5);
  });
});
