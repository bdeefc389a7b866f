import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EngineTask } from './automation-engine.ts';
import { actionOf, checkTask } from './check-task.ts';

const manifest = {
  ...({ name: 'act', title: 'Act', tier: 'low', idempotent: true, groups: ['web'], takesMs: 1 } as const),
  parameters: { type: 'object', additionalProperties: false, properties: {} },
  ...{ rollback: null, warnings: [] },
};
const inventory = new Map([
  ['all', ['db-1', 'web', 'web-1', 'web-2']],
  ['web', ['web', 'web-1', 'web-2', '-x', 'a b']],
  ['db', ['db-1']],
]);
const task = (some: Partial<EngineTask>): EngineTask => {
  return {
    ...{ runId: 'r', action: 'act', parameters: {}, targets: ['web-1'], labels: {} },
    ...{ check: false, timeoutMs: 1, ...some },
  };
};
const check = (some: Partial<EngineTask>) => checkTask(manifest, task(some), inventory);

describe('the targets of a task', () => {
  test('are exact names of hosts in a group of the manifest', () => {
    expect(check({ targets: ['web-1', 'web-2'] })).toEqual({});
  });

  test('none is refused: it never means all', () => {
    expect(() => check({ targets: [] })).toThrow(/none never means all/);
  });

  test.each([
    '',
    ',',
    ':',
    ' ',
    'all',
    '*',
    '~.*',
    '!web-1',
    'web-*',
    'web-1:8080',
    'web-1,web-2',
    'web[1:2]',
    '@/etc/passwd',
    '-x',
    '--',
    'a b',
    'web-1\n',
    'web-1\0',
    '10.0.0.1:9100',
    '[::1]',
    'web-1; touch x',
    '$(id)',
    '{{ x }}',
    'localhost',
    'WEB-1',
  ])('%j is refused', (target) => {
    expect(() => check({ targets: [target] })).toThrow(/is no name of a host|is the name of a group|is not in a group/);
  });

  test('a host of a group that the action is not for is refused', () => {
    expect(() => check({ targets: ['web-1', 'db-1'] })).toThrow(
      /"db-1": is not in a group of the inventory that the action is for \(web\)/
    );
  });

  test('a host with the name of a group is refused, since it would mean the group', () => {
    expect(() => check({ targets: ['web'] })).toThrow(/the name of a group/);
  });

  test('the same host twice is refused', () => {
    expect(() => check({ targets: ['web-1', 'web-1'] })).toThrow(/named twice/);
  });

  test('whatever is asked for, only members of the group pass', () => {
    const passes = (target: string) => {
      try {
        check({ targets: [target] });
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(fc.property(fc.string(), (target) => !passes(target) || ['web-1', 'web-2'].includes(target)));
  });

  test.each(['', 'a b', 'a\nb', 'ä', 'x'.repeat(201)])('%j is no id of a run', (runId) => {
    expect(() => check({ runId })).toThrow(/id of a run/);
  });
});

describe('the name of an action', () => {
  const actions = [{ manifest, path: undefined }];

  test.each([
    '../act',
    '/etc/passwd',
    'act.yml',
    './act',
    'act\0',
    '-e',
    '--version',
    'https://x/act.yml',
    'ns.coll.act',
    '%2e%2e/act',
    'ACT',
    '',
    ' act',
    '__proto__',
  ])('%j is none', (name) => {
    expect(() => actionOf(actions, name)).toThrow(/does not exist/);
  });

  test('a misspelt one is answered with what was meant', () => {
    expect(() => actionOf(actions, 'atc')).toThrow(/did you mean "act"/);
  });
});
