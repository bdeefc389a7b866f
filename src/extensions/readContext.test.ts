import fs from 'node:fs';
import path from 'node:path';
import { recordedContext } from '../test/recordedContext.ts';
import { readPath, readProperty, readQueryContext } from './readContext.ts';

const folder = path.resolve('test/fixtures/grafana-12.3.0/extension-contexts');

const recorded = (file: string) => recordedContext(path.join(folder, file));

const all = fs.readdirSync(folder).filter((file) => file.startsWith('grafana-'));
const withTargets = all.filter((file) => /panel-menu|explore/.test(file) && !file.includes('without-query'));
const alerting = all.filter((file) => file.includes('alerting-instance'));

test('all kinds of places that Grafana has are recorded', () => {
  expect(all.length).toBeGreaterThanOrEqual(20);
});

test.each(all)('%s is read without a throw', (file) => {
  expect(readQueryContext(recorded(file)).timeZone).not.toBe('');
});

test.each(withTargets)('%s gives its queries', (file) => {
  const { targets } = readQueryContext(recorded(file));
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.every(({ refId }) => refId !== '')).toBe(true);
});

test.each(alerting)('%s gives the labels whose plain read throws', (file) => {
  const context = recorded(file);
  expect(() => Reflect.get(Object(Reflect.get(context, 'instance')), 'labels')).toThrow(TypeError);
  expect(readPath(context, 'instance', 'labels', 'alertname')).toEqual(expect.any(String));
});

test('a panel without a query has no targets and keeps its title', () => {
  const context = readQueryContext(recorded('grafana-dashboard-panel-menu.panel-without-query.json'));
  expect(context.targets).toEqual([]);
  expect(context.title).not.toBe('');
});

test('a repeated panel keeps its local variables', () => {
  const context = readQueryContext(recorded('grafana-dashboard-panel-menu.repeated-panel-1.json'));
  expect(Object.keys(context.scopedVars)).toContain('service_r');
});

test.each([undefined, null, 7, 'text', [], {}])('a context that is %p is empty, not an error', (context) => {
  expect(readQueryContext(context)).toMatchObject({ targets: [], title: '', timeZone: 'browser' });
});

test('a property whose getter throws is missing', () => {
  const hostile = {
    get title(): string {
      throw new Error('no');
    },
  };
  expect(readProperty(hostile, 'title')).toBeUndefined();
});
