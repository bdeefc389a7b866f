import { anAlertRow } from '../test/detectionBuilders.ts';
import { anEpisode } from '../test/remediationBuilders.ts';
import { episodeOfAlert } from './episodeOfAlert.ts';

const labels = { alertname: 'ServiceDown', instance: 'web-1' };

test('an alert is that of the episode with the same labels, Grafana\u2019s own aside', () => {
  const row = anAlertRow({ labels: { ...labels, __grafana_receiver__: 'x' } });
  expect(episodeOfAlert(row, [anEpisode({ id: 'other', labels: { ...labels, instance: 'web-2' } })])).toBeUndefined();
  expect(episodeOfAlert(row, [anEpisode({ id: 'same', labels })])?.id).toBe('same');
});

test.each([
  ['more labels', { ...labels, team: 'a' }],
  ['fewer labels', { alertname: 'ServiceDown' }],
])('an episode with %s is another one', (_name, others) => {
  expect(episodeOfAlert(anAlertRow({ labels }), [anEpisode({ labels: others })])).toBeUndefined();
});

test('an anomaly of our own is found by its job, kind and series among the labels of its alert', () => {
  const row = anAlertRow({ source: 'aiops', job: 'queue', labels: { service: 'orders', kind: 'band' } });
  const alert = { alertname: 'AIOpsAnomaly', origin: 'aiops', job_name: 'queue', kind: 'band', severity: 'critical' };
  const own = anEpisode({ sourceKind: 'aiops', labels: { ...alert, service: 'orders' } });
  expect(episodeOfAlert(row, [own])).toBe(own);
  expect(episodeOfAlert({ ...row, job: 'other' }, [own])).toBeUndefined();
  expect(episodeOfAlert({ ...row, labels: { service: 'other', kind: 'band' } }, [own])).toBeUndefined();
});
