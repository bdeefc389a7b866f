import pluginJson from '../../plugin.json';
import { planAction, readAction, runAction, writeAction } from '../pluginId.ts';
import { endpoints, type ApiRequest } from './endpoints.ts';

interface Route {
  readonly path: string;
  readonly method: string;
  readonly url: string;
  readonly reqAction: string;
  readonly headers: ReadonlyArray<{ readonly name: string; readonly content: string }>;
}
const routes: readonly Route[] = pluginJson.routes;

/** As Grafana's proxy does it: the first route whose method and path match decides, `*` takes the rest. */
function firstMatch({ method, path }: ApiRequest): Route | undefined {
  return routes.find(
    (route) =>
      route.method === method &&
      (route.path.endsWith('*') ? path.startsWith(route.path.slice(0, -1)) : route.path === path)
  );
}

/** What the backend is asked for in the end. */
function upstream(route: Route, { path }: ApiRequest): string {
  const rest = route.path.endsWith('*') ? `/${path.slice(route.path.length - 1)}` : '';
  return route.url + rest;
}

const preview = { series: { timestampsMs: [], values: [] } };
const job = { name: 'a', query: 'up' };
const calendar = { name: 'c', periods: [] };
const edit = { dashboardUid: 'd', panelId: 1, job: 'a' };
const anomalies = { search: '', job: 'a', kind: 'band', state: 'open', verdict: 'none', fromMs: 0, toMs: 1 } as const;
const policy = {
  name: 'restart',
  when: { alert: ['alertname="Down"'] },
  target: { group: 'web' },
  do: { playbook: 'restart_service' },
};
const asked = { episodeId: 'e', policy: 'restart', planHash: 'f'.repeat(64) };
const calls: ReadonlyArray<readonly [string, ApiRequest, string]> = [
  ['status', endpoints.status(), readAction],
  ['sources', endpoints.sources(), readAction],
  ['source check', endpoints.checkSource('main'), readAction],
  ['forecast preview', endpoints.previewForecast(preview), readAction],
  ['job list', endpoints.listJobs({ search: 'a', state: 'fresh', cursor: 'c' }), readAction],
  ['job', endpoints.getJob('a'), readAction],
  ['job series', endpoints.jobSeries('a'), readAction],
  ['job fits', endpoints.jobFits('a'), readAction],
  ['job forecast', endpoints.jobForecast('a', 's', { fromMs: 0, toMs: 1 }), readAction],
  ['job preview', endpoints.previewJob({ job }), readAction],
  ['create', endpoints.createJob(job), writeAction],
  ['update', endpoints.updateJob('a', job), writeAction],
  ['delete', endpoints.deleteJob('a'), writeAction],
  ['retrain', endpoints.retrainJob('a'), writeAction],
  ['anomaly list', endpoints.listAnomalies(anomalies), readAction],
  ['anomaly', endpoints.getAnomaly('a'), readAction],
  ['anomaly chart', endpoints.anomalyChart('a'), readAction],
  ['verdict preview', endpoints.previewVerdict('a', 'expected'), readAction],
  ['verdict', endpoints.judgeAnomaly('a', 'real', false), writeAction],
  ['level decision', endpoints.decideLevel('a', 'accepted'), writeAction],
  ['capacity', endpoints.listCapacity({ job: 'a', beforeMs: 1 }), readAction],
  ['calendar list', endpoints.listCalendars(), readAction],
  ['create calendar', endpoints.createCalendar(calendar), writeAction],
  ['update calendar', endpoints.updateCalendar('c', calendar), writeAction],
  ['delete calendar', endpoints.deleteCalendar('c'), writeAction],
  ['changes', endpoints.listChanges({ fromMs: 0, toMs: 1 }), readAction],
  ['alerts', endpoints.listAlerts(), readAction],
  ['overlay targets', endpoints.overlayTargets('a'), readAction],
  ['add overlay', endpoints.addOverlay(edit), writeAction],
  ['remove overlay', endpoints.removeOverlay(edit), writeAction],
  ['alert rules', endpoints.alertRules('a', 'mimir'), readAction],
  ['events', endpoints.events(), readAction],
  ['remediation status', endpoints.remediationStatus(), readAction],
  ['episodes', endpoints.listEpisodes({ state: 'open' }), readAction],
  ['episode', endpoints.getEpisode('e'), readAction],
  ['policies', endpoints.listPolicies(), readAction],
  ['policy', endpoints.getPolicy('restart'), readAction],
  ['policy versions', endpoints.policyVersions('restart'), readAction],
  ['save policy', endpoints.savePolicy(policy), planAction],
  ['delete policy', endpoints.deletePolicy('restart'), planAction],
  ['policy mode', endpoints.setPolicyMode('restart', 'auto'), runAction],
  ['replay', endpoints.replayPolicy({ spec: policy, days: 30 }), planAction],
  ['proposals', endpoints.propose({ episodeId: 'e' }), planAction],
  ['dry run', endpoints.dryRun(asked), planAction],
  ['start run', endpoints.startRun(asked), runAction],
  ['runs', endpoints.listRuns({ state: 'open' }), readAction],
  ['run', endpoints.getRun('r'), readAction],
  ['run events', endpoints.runEvents('r'), readAction],
  ['approval', endpoints.decideRun('r', { decision: 'approve', planHash: asked.planHash }), runAction],
  ['cancel', endpoints.cancelRun('r'), runAction],
  ['release', endpoints.releaseRun('r', 'looked at it'), runAction],
  ['kill switches', endpoints.killSwitches(), readAction],
  ['kill switch on', endpoints.setKillSwitch({ scope: 'global', on: true }), planAction],
  ['audit', endpoints.listAudit({ subject: 'r' }), readAction],
  ['audit check', endpoints.checkAudit(), readAction],
  ['audit export', endpoints.exportAudit(), readAction],
];

test('no call of the client is missing from this list', () => {
  expect(calls).toHaveLength(Object.keys(endpoints).length);
});

test.each(calls)('the first route that matches %s asks for the right permission', (_name, call, action) => {
  const route = firstMatch(call);
  expect(route?.reqAction).toBe(action);
  expect(route && upstream(route, call)).toBe(`{{ .JsonData.apiUrl }}/${call.path}`);
});

test('each route tells the backend the grant that it asked for, and shows the token', () => {
  for (const { reqAction, headers } of routes) {
    expect(headers).toEqual([
      { name: 'Authorization', content: 'Bearer {{ .SecureJsonData.backendToken }}' },
      { name: 'X-Aiops-Grant', content: reqAction.replace('selfheal-aiops-app.', '') },
    ]);
  }
});

test('each route names one verb and none catches everything', () => {
  expect(routes.map(({ method }) => method).filter((method) => !/^(GET|POST|PUT|DELETE)$/.test(method))).toEqual([]);
  expect(routes.map(({ path }) => path).filter((path) => !path.startsWith('api/v1/'))).toEqual([]);
});

test('letting remediation go on after a stop takes more than stopping it', () => {
  const route = firstMatch(endpoints.setKillSwitch({ scope: 'global', on: false }));
  expect(route?.reqAction).toBe(runAction);
});

test('a name with a slash stays one segment of the path', () => {
  expect(endpoints.getJob('a/../b').path).toBe('api/v1/jobs/a%2F..%2Fb');
});

test('a filter asks only for what it says', () => {
  expect(endpoints.listAnomalies(anomalies).params).toEqual({
    job: 'a',
    kind: 'band',
    state: 'open',
    verdict: 'none',
    from: 0,
    to: 1,
    limit: 100,
  });
  const everything = { search: '', job: '', kind: 'all', state: 'all', verdict: 'all' } as const;
  expect(endpoints.listAnomalies(everything).params).toEqual({ limit: 100 });
});
