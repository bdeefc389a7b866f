import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { withEvent } from '../../api/useRuns.ts';
import { appRoot } from '../../pluginId.ts';
import { nowMs } from '../../test/builders.ts';
import { fakeGrafana, ok, problem, type FakeRole, type Routes } from '../../test/grafana.ts';
import {
  anApproval,
  aRefusal,
  aRun,
  aRunDetail,
  aRunEvent,
  aVerdict,
  aVerification,
  aVerifiedRun,
} from '../../test/remediationBuilders.ts';
import { renderAt } from '../../test/render.tsx';
import type { Run, RunEvent } from '../../../backend/src/contract/index.ts';
import { counterfactualSeries } from '../../remediation/VerificationView.tsx';
import RunPage from './RunPage.tsx';

interface Stream {
  readonly headers: Headers;
  readonly send: (text: string) => void;
  readonly end: () => void;
}

/** Streams that the page opened, each of which the test feeds and ends. */
function streams(): Stream[] {
  const opened: Stream[] = [];
  globalThis.fetch = jest.fn((_url, init?: RequestInit) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        opened.push({
          headers: new Headers(init?.headers),
          send: (text) => controller.enqueue(new TextEncoder().encode(text)),
          end: () => controller.close(),
        });
      },
    });
    return Promise.resolve({ ok: true, body } as Response);
  });
  return opened;
}

const eventText = (event: RunEvent) => `event: run-event\nid: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
const runText = (run: Run) => `event: run\ndata: ${JSON.stringify(run)}\n\n`;

function open(run: Run, events: readonly RunEvent[] = [aRunEvent()], routes: Routes = {}, role: FakeRole = 'Admin') {
  const grafana = fakeGrafana({
    role,
    routes: { [`GET api/v1/runs/${run.id}`]: ok(aRunDetail(run, events)), ...routes },
  });
  renderAt(`${appRoot}/remediation/runs/${run.id}`, `${appRoot}/remediation/runs/:id`, <RunPage />);
  return grafana;
}

const running = aRun({ state: 'running', startedAtMs: nowMs - 12_000, approval: null });

test('a run that goes on is followed: its steps, its output and its end come by themselves', async () => {
  const [events, opened] = [[aRunEvent({ seq: 3, text: 'running' })], streams()];
  open(running, events);
  expect(await screen.findByText('Running 12s')).toBeVisible();
  await waitFor(() => expect(opened).toHaveLength(1));
  expect(opened[0]?.headers.get('Last-Event-ID')).toBe('3');
  opened[0]?.send(eventText(aRunEvent({ seq: 4, kind: 'changed', host: 'web-1', text: 'restarted' })));
  opened[0]?.send(eventText(aRunEvent({ seq: 5, text: 'verifying: waits 30s' })));
  expect(await screen.findByText('Output (1 lines), now: restarted')).toBeVisible();
  opened[0]?.send(eventText(aRunEvent({ seq: 6, kind: 'verification', text: 'no-data: nothing newer than the run' })));
  await screen.findByText('Look: no data');
  expect(screen.getByRole('list', { name: 'Steps' })).toHaveTextContent(/Running.*Verifying.*waits 30s.*nothing newer/);
  opened[0]?.send(runText(aVerifiedRun({ id: running.id })));
  expect(await screen.findByText('Healed in 1m14s')).toBeVisible();
  expect(screen.getByText(/Back in the band 38 s after the run/)).toBeVisible();
});

test('a stream that breaks is taken up where it broke, and what came meanwhile is asked for', async () => {
  const opened = streams();
  const grafana = open(running, [aRunEvent({ seq: 3, text: 'running' })]);
  await waitFor(() => expect(opened).toHaveLength(1));
  opened[0]?.send(eventText(aRunEvent({ seq: 4, kind: 'ok', text: 'gathered' })));
  await screen.findByText(/gathered/, { selector: 'summary' });
  grafana.calls.length = 0;
  opened[0]?.end();
  await waitFor(() => expect(grafana.calls).toContain('GET api/v1/runs/r1'));
  await waitFor(() => expect(opened).toHaveLength(2), { timeout: 5_000 });
});

test('a run that has ended is not followed', async () => {
  const opened = streams();
  open(aVerifiedRun());
  await screen.findByText('Healed in 1m14s');
  expect(opened).toHaveLength(0);
});

test('events that come twice or late stand once and in order', () => {
  const detail = aRunDetail(running, [aRunEvent({ seq: 1 }), aRunEvent({ seq: 3 })]);
  const seqs = (event: RunEvent) => withEvent(detail, event).events.map(({ seq }) => seq);
  expect(seqs(aRunEvent({ seq: 2 }))).toEqual([1, 2, 3]);
  expect(seqs(aRunEvent({ seq: 3 }))).toEqual([1, 3]);
});

test('a healed run shows the proof: looks, guard metrics, detector, and the forecast without it', async () => {
  open(aVerifiedRun());
  const proof = await screen.findByRole('region', { name: 'Verification' });
  expect(proof).toHaveTextContent(/Recovered.*Back in the band/);
  expect(within(proof).getByRole('figure', { name: 'With and without the run' })).toHaveTextContent(
    'Without the run it would have stayed at 0.'
  );
  expect(proof).toHaveTextContent('rate(errors_total[1m]): 0.2 → 0.1 (not worse)');
  await userEvent.click(within(proof).getByText('2 looks'));
  expect(within(proof).getByText('not healthy')).toBeVisible();
});

test('the chart draws the forecast without the run beside what came', () => {
  const { counterfactual } = aVerification();
  if (counterfactual === null) {
    throw new Error('the builder has one');
  }
  const { observed, bands } = counterfactualSeries(counterfactual, 'blue');
  expect(observed).toEqual({ startMs: nowMs - 600_000, stepMs: 60_000, values: [0, 0, 0, 1, 1] });
  expect(bands[0]?.expected).toEqual([0, 0, 0, 0, 0]);
  expect(bands[0]?.levels[0]?.upper).toEqual([0.1, 0.1, 0.1, 0.1, 0.1]);
});

test('each verdict opens to its numbers, the one that refuses first', async () => {
  open(
    aRun({ state: 'refused', stateReason: 'Too many targets.', verdicts: [aVerdict(), aRefusal()], approval: null })
  );
  const guards = await screen.findByRole('list', { name: 'Guards' });
  const lines = within(guards).getAllByRole('listitem');
  expect(lines[0]).toHaveTextContent(/Blast radius in the group.*3 of 3 targets/);
  const numbers = within(lines[0] ?? guards).getByText('perMs');
  expect(numbers).not.toBeVisible();
  await userEvent.click(within(lines[0] ?? guards).getByText('Blast radius in the group'));
  expect(numbers).toBeVisible();
  expect(within(lines[0] ?? guards).getByText('30m')).toBeVisible();
  expect(within(lines[0] ?? guards).getByText('10 %')).toBeVisible();
});

test('output of hosts is text: escapes, markup and hidden directions are shown as they are', async () => {
  const text = '\u001b[31m<b>red</b>\u202e';
  streams();
  open(running, [aRunEvent({ seq: 1, kind: 'failed', host: 'web\u200b1', text })]);
  await userEvent.click(await screen.findByText(/Output \(1 lines\)/));
  expect(screen.getByText(/failed \[web\\u200b1\]: \\u001b\[31m<b>red<\/b>\\u202e/)).toBeVisible();
});

test('a target whose state nobody knows is freed by a person who says what they found', async () => {
  const lost = aRun({ state: 'unknown', stateReason: 'The backend ended.', blocksTarget: true, approval: null });
  const release = 'POST api/v1/runs/r1/release';
  const grafana = open(lost, [], { [release]: ok(lost) });
  const free = await screen.findByRole('button', { name: 'Free the target' });
  expect(free).toBeDisabled();
  await userEvent.type(screen.getByRole('textbox', { name: /What you found/ }), 'service is up');
  await userEvent.click(free);
  await waitFor(() => expect(grafana.calls).toContain(release));
  expect(grafana.requests.find(({ method }) => method === 'POST')?.data).toEqual({ reason: 'service is up' });
});

test('a run is cancelled only after a question', async () => {
  const cancel = 'POST api/v1/runs/r1/cancel';
  streams();
  const grafana = open(running, [], { [cancel]: ok(aRun({ state: 'cancelled' })) });
  await userEvent.click(await screen.findByRole('button', { name: 'Cancel run' }));
  expect(grafana.calls).not.toContain(cancel);
  const dialog = await screen.findByRole('dialog');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Cancel run' }));
  await waitFor(() => expect(grafana.calls).toContain(cancel));
});

test('who decided, where and why stays with the run', async () => {
  const decision = { by: 'ada', role: 'Admin', decision: 'denied' as const, atMs: nowMs, reason: 'freeze', via: 'cli' };
  open(aRun({ state: 'denied', approval: anApproval({ decisions: [decision] }) }));
  const list = await screen.findByRole('list', { name: 'Who decided' });
  expect(list).toHaveTextContent(/Denied.*ada \(Admin, cli\).*: freeze/);
  expect(screen.queryByRole('button', { name: 'Approve and run' })).toBeNull();
});

test('a run that does not exist is told', async () => {
  open(aRun(), [], { 'GET api/v1/runs/r1': problem(404, 'not_found', 'There is no run r1.') });
  expect(await screen.findByText('There is no run r1.')).toBeVisible();
});
