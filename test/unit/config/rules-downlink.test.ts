import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { document, pathsOf, problemsOf } from './support.js';

const APP = { app: { id: 1 } };

describe('§2 app.id', () => {
  const downlink = { commandReceived: { enabled: true } };

  test('given an enabled route and neither app.id nor groupId, then app.id is required', () => {
    const [problem, ...others] = problemsOf({ downlink });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: 'app.id', found: 'nothing' });
  });

  test.each([
    ['app.id in the document', { downlink, app: { id: 0 } }, {}],
    ['app.id beside the document', { downlink }, { app: { id: 3 } }],
    ['groupId', { downlink: { ...downlink, groupId: 'g' } }, {}],
    [
      'the groupId that would be the default',
      { downlink: { ...downlink, groupId: 'ng-gateway-plugin-0' } },
      {},
    ],
    ['the downlink off', { downlink: { ...downlink, enabled: false } }, {}],
    ['no route enabled', { downlink: {} }, {}],
  ])('given %s, then it is not', (_name, sections, options) => {
    expect(() => parseConfig(document(sections), options)).not.toThrow();
  });

  test('given a blank groupId, then it counts as absent', () => {
    expect(pathsOf(problemsOf({ downlink: { ...downlink, groupId: ' ' } }))).toEqual(['app.id']);
  });
});

describe('§2 downlink routes', () => {
  test.each([
    '',
    '  ',
    'a{{b',
    'a}}b',
    'a*',
    're:a',
    'regex:a',
    ' RE:a',
    '^a.*',
    'a b',
    'ä',
    '.',
    '..',
    'x'.repeat(250),
  ])('given the topic %j in an enabled route, then it is refused', (topic) => {
    const route = (enabled: boolean) => ({ downlink: { writePoint: { enabled, topic } } });
    expect(pathsOf(problemsOf(route(true), APP))).toEqual(['downlink.writePoint.topic']);
    expect(() => parseConfig(document(route(false)), APP)).not.toThrow();
  });

  test('given blanks around a topic, then they are cut off', () => {
    const { config } = parseConfig(
      document({ downlink: { writePoint: { enabled: true, topic: ' a.b-c_1 ' } } }),
      APP,
    );
    expect(config.downlink.writePoint.topic).toBe('a.b-c_1');
  });

  test.each(['ackPolicy', 'failurePolicy'])(
    'given two routes on one topic with another %s, then it is refused',
    (field) => {
      const other = { ackPolicy: 'always', failurePolicy: 'error' }[field];
      const routes = (enabled: boolean, topic: string) => ({
        downlink: {
          writePoint: { enabled: true, topic: 'a' },
          commandReceived: { enabled, topic, [field]: other },
        },
      });
      expect(pathsOf(problemsOf(routes(true, ' a '), APP))).toEqual([`downlink.commandReceived.${field}`]);
      expect(() => parseConfig(document(routes(true, 'b')), APP)).not.toThrow();
      expect(() => parseConfig(document(routes(false, 'a')), APP)).not.toThrow();
    },
  );

  test('given a mapped_json with a bad expression, then it is refused', () => {
    const payload = { mode: 'mapped_json', config: { request_id: 'a.' } };
    const problems = problemsOf({ downlink: { writePoint: { enabled: true, payload } } }, APP);
    expect(pathsOf(problems)).toEqual(['downlink.writePoint.payload.config.request_id']);
  });

  test('given a dead-letter topic that a route reads, then it is refused', () => {
    const downlink = { writePoint: { enabled: true, topic: 'a' }, deadLetter: { enabled: true, topic: 'a' } };
    expect(pathsOf(problemsOf({ downlink }, APP))).toEqual(['downlink.deadLetter.topic']);
  });

  test('given a dead-letter topic that is a template, then it is refused only where enabled', () => {
    const deadLetter = (enabled: boolean) => ({ downlink: { deadLetter: { enabled, topic: '{{x}}' } } });
    expect(pathsOf(problemsOf(deadLetter(true), APP))).toEqual(['downlink.deadLetter.topic']);
    expect(() => parseConfig(document(deadLetter(false)), APP)).not.toThrow();
  });
});
