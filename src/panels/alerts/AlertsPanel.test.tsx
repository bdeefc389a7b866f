import { dateTime, EventBusSrv, LoadingState, type PanelProps } from '@grafana/data';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { panelQueryClient } from '../../api/queryClient.ts';
import { aPage, nowMs } from '../../test/builders.ts';
import { anAlertRow, anAnomaly } from '../../test/detectionBuilders.ts';
import { fail, fakeGrafana, ok, problem } from '../../test/grafana.ts';
import { aDecision, anEpisode, aProposals, aRun, aVerifiedRun } from '../../test/remediationBuilders.ts';
import type { AlertRow, AlertRows, Run } from '../../../backend/src/contract/index.ts';
import { filterRows, groupRows, parseMatchers, sortRows } from './alertRows.ts';
import AlertsPanel from './AlertsPanel.lazy.tsx';
import type { AlertsPanelOptions } from './options.ts';

const list = 'GET api/v1/alerts';
const usual: AlertsPanelOptions = {
  sources: ['alertmanager', 'grafana', 'aiops'],
  states: ['firing', 'pending', 'suppressed'],
  matchers: '',
  groupBy: 'none',
  groupLabel: 'service',
  sortBy: 'importance',
  ownerLabels: 'team, owner',
  maxRows: 50,
  showSearch: true,
};

function panel(options: Partial<AlertsPanelOptions> = {}, toMs = nowMs) {
  const from = dateTime(toMs - 3_600_000);
  const to = dateTime(toMs);
  const timeRange = { from, to, raw: { from, to } };
  const props: PanelProps<AlertsPanelOptions> = {
    id: 1,
    data: { state: LoadingState.Done, series: [], timeRange },
    timeRange,
    timeZone: 'utc',
    title: '',
    options: { ...usual, ...options },
    fieldConfig: { defaults: {}, overrides: [] },
    width: 900,
    height: 400,
    transparent: false,
    renderCounter: 0,
    eventBus: new EventBusSrv(),
    replaceVariables: (text) => text.replace('$team', 'payments|core'),
    onOptionsChange: () => undefined,
    onFieldConfigChange: () => undefined,
    onChangeTimeRange: () => undefined,
  };
  return <AlertsPanel {...props} />;
}

const rows = (items: readonly AlertRow[], errors: AlertRows['errors'] = []) => ok({ items, errors });
const band = anAlertRow({
  id: 'aiops/a2',
  source: 'aiops',
  name: 'LatencyBand',
  severity: 'warning',
  labels: { service: 'checkout', team: 'core' },
  summary: '',
  startedAtMs: nowMs - 12 * 60_000,
  score: 1.6,
  anomalyId: 'a2',
  runbookUrl: null,
});
const names = (found: readonly AlertRow[]) => found.map(({ name }) => name);

beforeEach(() => panelQueryClient.clear());

test('each row says state, severity, name, what it is about, age, score and owner', async () => {
  fakeGrafana({ routes: { [list]: rows([band, anAlertRow()]) } });
  render(panel());
  const items = await screen.findAllByRole('listitem');
  expect(items[0]).toHaveTextContent(/Firing.*CRITICAL.*ServiceDown.*shop-api · web-1:8080.*3m.*score 4.2.*payments/);
  expect(items[1]).toHaveTextContent(/Firing.*WARNING.*LatencyBand.*checkout.*12m.*score 1.6.*core/);
  expect(within(items[0] ?? document.body).getByRole('img', { name: 'Newest scores of ServiceDown' })).toBeVisible();
});

test('a row leads to its anomaly, and to a silence with its labels filled in', async () => {
  const dataSources = [{ uid: 'am', name: 'Alertmanager main', type: 'alertmanager' }];
  fakeGrafana({ routes: { [list]: rows([anAlertRow()]) }, dataSources });
  render(panel());
  expect(await screen.findByRole('link', { name: 'Open anomaly' })).toHaveAttribute(
    'href',
    expect.stringContaining('/anomalies/a1')
  );
  const silence = new URL(screen.getByRole('link', { name: 'Silence' }).getAttribute('href') ?? '', 'http://grafana');
  expect(silence.pathname).toBe('/alerting/silence/new');
  expect(silence.searchParams.get('alertmanager')).toBe('Alertmanager main');
  expect(silence.searchParams.getAll('matcher')).toContain('service=shop-api');
});

test('without an Alertmanager in Grafana silencing is disabled and says what to do; Grafana has its own', async () => {
  const own = anAlertRow({ id: 'grafana/1', source: 'grafana', name: 'FromGrafana' });
  fakeGrafana({ routes: { [list]: rows([anAlertRow(), own]) }, dataSources: [] });
  render(panel());
  const row = await screen.findByRole('listitem', { name: 'ServiceDown' });
  const silence = within(row).getByRole('button', { name: 'Silence' });
  expect(silence).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(silence);
  expect(await screen.findByRole('tooltip')).toHaveTextContent(/Add Alertmanager as a data source/);
  const link = within(screen.getByRole('listitem', { name: 'FromGrafana' })).getByRole('link', { name: 'Silence' });
  expect(link).toHaveAttribute('href', expect.stringContaining('alertmanager=grafana'));
});

test('a row opens in place by keyboard, with labels, evidence, verdicts and links', async () => {
  fakeGrafana({ routes: { [list]: rows([anAlertRow()]), 'GET api/v1/anomalies/a1': ok(anAnomaly()) } });
  render(panel());
  const toggle = await screen.findByRole('button', { name: /ServiceDown/ });
  expect(toggle).toHaveAttribute('aria-expanded', 'false');
  toggle.focus();
  await userEvent.keyboard('{Enter}');
  expect(toggle).toHaveAttribute('aria-expanded', 'true');
  expect(await screen.findByText('It has been above the band for 19m.')).toBeVisible();
  expect(screen.getByText('team=payments')).toBeVisible();
  expect(screen.getByRole('button', { name: 'False alarm' })).toBeEnabled();
  expect(screen.getByRole('link', { name: 'Runbook' })).toHaveAttribute('rel', 'noreferrer noopener');
  await userEvent.keyboard('{Enter}');
  expect(screen.queryByText('team=payments')).toBeNull();
});

test('an anomaly that cannot be read leaves the rest of the details', async () => {
  const gone = problem(404, 'not_found', 'There is no anomaly a1.');
  fakeGrafana({ routes: { [list]: rows([anAlertRow()]), 'GET api/v1/anomalies/a1': gone } });
  render(panel());
  await userEvent.click(await screen.findByRole('button', { name: /ServiceDown/ }));
  expect(await screen.findByText('There is no anomaly a1.')).toBeVisible();
  expect(screen.getByText('shop-api does not answer')).toBeVisible();
});

test('a source that does not answer is named, and the rows of the others are shown', async () => {
  const errors = [{ source: 'alertmanager-1', message: 'connection refused' }];
  fakeGrafana({ routes: { [list]: rows([band], errors) } });
  render(panel());
  expect(await screen.findByText('alertmanager-1 did not answer')).toBeVisible();
  expect(screen.getByText('connection refused')).toBeVisible();
  expect(screen.getByText('LatencyBand')).toBeVisible();
});

const episode = anEpisode({ labels: anAlertRow().labels });
const told = (runs: readonly Run[]) => ({
  [list]: rows([anAlertRow(), band]),
  'GET api/v1/episodes': ok(aPage([episode])),
  'GET api/v1/episodes/e1': ok({
    episode,
    decisions: [aDecision(), aDecision({ id: 'd2' }), aDecision({ id: 'd3', policy: 'drain' })],
    runs,
  }),
  'POST api/v1/remediation/proposals': ok(aProposals()),
});

test('an alert with an episode says how many policies thought of it and opens its plan; the other has no button', async () => {
  const grafana = fakeGrafana({ routes: told([]) });
  render(panel());
  const row = await screen.findByRole('listitem', { name: 'ServiceDown' });
  await userEvent.click(await within(row).findByRole('button', { name: 'Remediate' }));
  expect(row).toHaveTextContent('policies: 2');
  expect(await within(screen.getByRole('dialog')).findByText('restart_service on web-1')).toBeVisible();
  expect(grafana.requests.at(-1)?.data).toEqual({ episodeId: 'e1' });
  const other = screen.getByRole('listitem', { name: 'LatencyBand', hidden: true });
  expect(within(other).queryByRole('button', { name: 'Remediate', hidden: true })).toBeNull();
});

test.each([
  ['goes on', aRun({ state: 'running', startedAtMs: nowMs - 12_000 }), 'Running 12s'],
  ['waits for a person', aRun(), 'Waits for approval'],
  ['has healed', aVerifiedRun(), 'Healed in 1m14s'],
])('a run that %s takes the place of the button', async (_name, run, text) => {
  fakeGrafana({ routes: told([run]) });
  render(panel());
  const link = await screen.findByRole('link', { name: text });
  expect(link).toHaveAttribute('href', expect.stringContaining(`/remediation/runs/${run.id}`));
  expect(screen.queryByRole('button', { name: 'Remediate' })).toBeNull();
});

test('a run that ended long ago gives the button back', async () => {
  fakeGrafana({ routes: told([aVerifiedRun({ endedAtMs: nowMs - 3_600_000 })]) });
  render(panel());
  expect(await screen.findByRole('button', { name: 'Remediate' })).toBeEnabled();
});

test('labels that hide their direction are shown with what they hide', async () => {
  fakeGrafana({
    routes: { [list]: rows([anAlertRow({ name: 'a\u202eb', labels: { x: 'c\u200bd' }, anomalyId: null })]) },
  });
  render(panel());
  await userEvent.click(await screen.findByRole('button', { name: /a\\u202eb/ }));
  expect(screen.getByText('x=c\\u200bd')).toBeVisible();
});

test('the search narrows, and says when it leaves nothing', async () => {
  fakeGrafana({ routes: { [list]: rows([band, anAlertRow()]) } });
  render(panel());
  const search = await screen.findByRole('textbox', { name: /Search/ });
  await userEvent.type(search, 'checkout');
  expect(screen.getAllByRole('listitem')).toHaveLength(1);
  await userEvent.type(search, ' nowhere');
  expect(await screen.findByText('No alert matches')).toBeVisible();
});

test('groups close and say how many they hold', async () => {
  fakeGrafana({ routes: { [list]: rows([band, anAlertRow()]) } });
  render(panel({ groupBy: 'label', groupLabel: 'team' }));
  const group = await screen.findByRole('button', { name: /payments 1/ });
  await userEvent.click(group);
  expect(screen.queryByText('ServiceDown')).toBeNull();
  expect(screen.getByText('LatencyBand')).toBeVisible();
});

test('more rows than allowed are counted', async () => {
  fakeGrafana({ routes: { [list]: rows([band, anAlertRow()]) } });
  render(panel({ maxRows: 1 }));
  expect(await screen.findByText('1 of 2 alerts are shown')).toBeVisible();
});

test('nothing to show is told as good news, a backend that is down is not', async () => {
  fakeGrafana({ routes: { [list]: rows([]) } });
  const { unmount } = render(panel());
  expect(await screen.findByText('No alerts')).toBeVisible();
  unmount();
  panelQueryClient.clear();
  fakeGrafana({ routes: { [list]: fail(502, '') } });
  render(panel());
  expect(await screen.findByRole('alert')).toHaveTextContent('The AIOps backend does not answer');
  expect(screen.queryByText('No alerts')).toBeNull();
});

test('a refresh of the dashboard asks again, and an answer that fails keeps the rows and says so', async () => {
  let down = false;
  const grafana = fakeGrafana({ routes: { [list]: () => (down ? fail(502, '')() : rows([band])()) } });
  const { rerender } = render(panel());
  await screen.findByText('LatencyBand');
  rerender(panel());
  const asked = () => grafana.calls.filter((call) => call === list);
  expect(asked()).toHaveLength(1);
  down = true;
  rerender(panel({}, nowMs + 30_000));
  await waitFor(() => expect(asked()).toHaveLength(2));
  expect(await screen.findByText(/alerts of the last answer: The AIOps backend does not answer/)).toBeVisible();
  expect(screen.getByText('LatencyBand')).toBeVisible();
});

test('dashboard variables choose among labels', async () => {
  const other = anAlertRow({ id: 'x', name: 'Other', labels: { team: 'search' } });
  fakeGrafana({ routes: { [list]: rows([other, band, anAlertRow()]) } });
  render(panel({ matchers: 'team=$team' }));
  await screen.findByText('ServiceDown');
  expect(screen.queryByText('Other')).toBeNull();
  expect(screen.getByText('LatencyBand')).toBeVisible();
});

test('matchers take equal and unequal, several values, and leave out what is none', () => {
  expect(parseMatchers('a=b|c, d!=e , nonsense, =x')).toEqual([
    { label: 'a', values: ['b', 'c'], wanted: true },
    { label: 'd', values: ['e'], wanted: false },
  ]);
});

test('rows are left out by source, state and label', () => {
  const resolved = anAlertRow({ state: 'resolved' });
  expect(names(filterRows([band, resolved, anAlertRow()], usual, ''))).toEqual(['LatencyBand', 'ServiceDown']);
  expect(names(filterRows([band, anAlertRow()], { ...usual, sources: ['aiops'] }, ''))).toEqual(['LatencyBand']);
  expect(names(filterRows([band, anAlertRow()], { ...usual, matchers: 'team!=core' }, ''))).toEqual(['ServiceDown']);
});

test('what fires and is critical comes first; a score or the time can decide instead', () => {
  const silenced = anAlertRow({ id: 's', name: 'Silenced', state: 'suppressed', score: 9 });
  const all = [silenced, band, anAlertRow()];
  expect(names(sortRows(all, 'importance'))).toEqual(['ServiceDown', 'LatencyBand', 'Silenced']);
  expect(names(sortRows(all, 'score'))).toEqual(['Silenced', 'ServiceDown', 'LatencyBand']);
  expect(names(sortRows([band, anAlertRow()], 'newest'))).toEqual(['ServiceDown', 'LatencyBand']);
});

test('groups keep the order of the rows', () => {
  const groups = groupRows([anAlertRow(), band], { ...usual, groupBy: 'severity' });
  expect(groups.map(({ name }) => name)).toEqual(['critical', 'warning']);
});
