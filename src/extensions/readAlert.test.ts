import fs from 'node:fs';
import path from 'node:path';
import { recordedContext } from '../test/recordedContext.ts';
import { readAlert } from './readAlert.ts';

const folder = path.resolve('test/fixtures/grafana-12.3.0/extension-contexts');
const recorded = fs.readdirSync(folder).filter((file) => file.includes('alerting-instance-action'));

test('every list that shows alert instances is recorded', () => {
  expect(recorded).toHaveLength(7);
});

test.each(recorded)('%s gives its name, state and the labels that a webhook tells', (file) => {
  const alert = readAlert(recordedContext(path.join(folder, file)));
  expect(alert.name).toMatch(/^Probe /);
  expect(alert.state).toMatch(/^(Alerting|Normal|Error)/);
  expect(alert.labels).toMatchObject({ alertname: alert.name, grafana_folder: 'AIOps', severity: 'warning' });
  expect(Object.keys(alert.labels).filter((name) => name.startsWith('__'))).toEqual([]);
  expect(alert.annotations['runbook_url']).toContain('/remediate?rule=');
});

test('the flatter shape of a later Grafana is read the same way', () => {
  const context = {
    instance: { labels: { alertname: 'Down', host: 'a' }, annotations: {}, state: 'Alerting', value: '1' },
    rule: { name: 'Another rule of the same group', query: 'up', labels: {}, annotations: {}, uid: 'r' },
  };
  expect(readAlert(context)).toMatchObject({ name: 'Down', labels: { alertname: 'Down', host: 'a' } });
});

test('without labels of the instance the rule gives no labels, for it may be another one', () => {
  const { name, labels } = readAlert({ instance: {}, rule: { name: 'A rule', labels: { alertname: 'Other' } } });
  expect({ name, labels }).toEqual({ name: 'A rule', labels: {} });
});

test('what is no text is no label', () => {
  const labels = { alertname: 'Down', a: 7, b: null, c: { toString: () => 'x' }, d: ['x'] };
  expect(readAlert({ instance: { labels } }).labels).toEqual({ alertname: 'Down' });
});

test.each([undefined, null, 7, 'text', [], {}, { instance: null }, { instance: { labels: null } }])(
  'a context that is %p has no labels, and nothing is thrown',
  (context) => {
    expect(readAlert(context)).toEqual({ name: '', state: '', labels: {}, annotations: {} });
  }
);

test('an object that refuses to name its keys has no labels', () => {
  const labels = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new TypeError('no');
      },
    }
  );
  expect(readAlert({ instance: { labels } }).labels).toEqual({});
});
