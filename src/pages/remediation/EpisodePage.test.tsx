import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { EpisodeDetail } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { nowMs } from '../../test/builders.ts';
import { fakeGrafana, ok, problem, type Answer } from '../../test/grafana.ts';
import { aDecision, anEpisode, aProposals, aRefusal, aVerdict, aVerifiedRun } from '../../test/remediationBuilders.ts';
import { renderAt } from '../../test/render.tsx';
import EpisodePage from './EpisodePage.tsx';

function open(answer: () => Answer) {
  const grafana = fakeGrafana({
    role: 'Admin',
    routes: { 'GET api/v1/episodes/e1': answer, 'POST api/v1/remediation/proposals': ok(aProposals()) },
  });
  renderAt(`${appRoot}/remediation/episodes/e1`, `${appRoot}/remediation/episodes/:id`, <EpisodePage />);
  return grafana;
}

const detail = (overrides: Partial<EpisodeDetail> = {}): EpisodeDetail => ({
  episode: anEpisode(),
  decisions: [],
  runs: [],
  ...overrides,
});

test('what each policy thought of an alert is told, down to the numbers', async () => {
  const refused = aDecision({ id: 'd2', policy: 'drain', outcome: 'refused', verdicts: [aVerdict(), aRefusal()] });
  open(ok(detail({ decisions: [aDecision(), refused], runs: [aVerifiedRun()] })));
  const decisions = await screen.findByRole('list', { name: 'What the policies thought of it' });
  const summaries = within(decisions).getAllByText(/mode Observe/);
  expect(summaries.map((line) => line.textContent)).toEqual([
    expect.stringMatching(/Would have run.*restart-shop, version 4/),
    expect.stringMatching(/Refused.*drain, version 4/),
  ]);
  await userEvent.click(summaries[1] ?? decisions);
  expect(within(decisions).getByText('Blast radius in the group')).toBeVisible();
  expect(screen.getByRole('link', { name: 'restart_service on web-1' })).toBeVisible();
});

test('an open episode leads to its remediation', async () => {
  const grafana = open(ok(detail()));
  await userEvent.click(await screen.findByRole('button', { name: 'Remediate' }));
  expect(await within(await screen.findByRole('dialog')).findByText('restart_service on web-1')).toBeVisible();
  expect(grafana.requests.find(({ method }) => method === 'POST')?.data).toEqual({ episodeId: 'e1' });
});

test('one that is over has nothing to remediate', async () => {
  open(ok(detail({ episode: anEpisode({ closedAtMs: nowMs, closeReason: 'resolved' }) })));
  expect(await screen.findByRole('button', { name: 'Remediate' })).toBeDisabled();
  expect(screen.getByText('Resolved')).toBeVisible();
});

test('addresses that an alert names are opened only when they are of the web', async () => {
  const annotations = { runbook_url: 'data:text/html,x', summary: 'a\u202eb' };
  open(ok(detail({ episode: anEpisode({ annotations, generatorUrl: 'http://prometheus:9090/graph' }) })));
  expect(await screen.findByRole('link', { name: 'Where it was found' })).toHaveAttribute('rel', 'noreferrer noopener');
  expect(screen.queryByRole('link', { name: 'Runbook' })).toBeNull();
  expect(screen.getByText('a\\u202eb')).toBeVisible();
});

test('an episode that does not exist is told', async () => {
  open(problem(404, 'not_found', 'There is no episode e1.'));
  expect(await screen.findByText('There is no episode e1.')).toBeVisible();
});
