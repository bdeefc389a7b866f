import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { appRoot } from '../../pluginId.ts';
import { nowMs } from '../../test/builders.ts';
import { aCapacityRow } from '../../test/detectionBuilders.ts';
import { fail, fakeGrafana, ok } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import CapacityPage from './CapacityPage.tsx';
import { byEta, etaText } from './capacityText.ts';

const list = 'GET api/v1/capacity';
const open = (query = '') => renderAt(`${appRoot}/capacity${query}`, `${appRoot}/capacity`, <CapacityPage />);
const hourMs = 3_600_000;
const flat = aCapacityRow({
  seriesId: 'd2',
  labels: { instance: 'db-2' },
  state: 'flat',
  etaMs: null,
  etaLowMs: null,
  etaHighMs: null,
  probability: null,
  growthPerDay: 0,
  lastResetAtMs: null,
});

test('the soonest is on top, with value, limit, range, probability and trend; what is flat claims nothing', async () => {
  fakeGrafana({ routes: { [list]: ok({ items: [flat, aCapacityRow()] }) } });
  open();
  const rows = (await screen.findAllByRole('row')).slice(1);
  expect(rows[0]).toHaveTextContent(
    /mountpoint="\/var".*Growing.*\+7.00% a day.*82%.*> 95%.*in 41 h \(30 h–55 h\).*87 %/
  );
  expect(within(rows[0] ?? document.body).getByRole('img', { name: /Trend of/ })).toBeVisible();
  expect(rows[1]).toHaveTextContent(/db-2.*Not growing.*none claimed.*–.*never/);
});

test('search and state of the address choose rows', async () => {
  fakeGrafana({ routes: { [list]: ok({ items: [flat, aCapacityRow()] }) } });
  open('?search=db-2&state=flat');
  expect(await screen.findByText('{instance="db-2"}')).toBeVisible();
  expect(screen.getAllByRole('row')).toHaveLength(2);
});

test('a search without a match can be cleared', async () => {
  fakeGrafana({ routes: { [list]: ok({ items: [aCapacityRow()] }) } });
  open('?search=nothing');
  await userEvent.click(await screen.findByRole('button', { name: 'Clear search and filter' }));
  expect(await screen.findByRole('table')).toBeVisible();
});

test('a chosen day asks for the probability up to its end', async () => {
  const grafana = fakeGrafana({ routes: { [list]: ok({ items: [aCapacityRow()] }) } });
  open('?before=2026-12-01');
  await screen.findByRole('table');
  const endOfDay = new Date(2026, 11, 1, 23, 59, 59, 999).getTime();
  expect(grafana.requests[0]?.params).toEqual({ before: endOfDay });
  await userEvent.click(screen.getByRole('button', { name: 'No day' }));
  expect(grafana.requests.at(-1)?.params).toEqual({});
});

test('an empty page shows how a job watches a limit, to be copied', async () => {
  fakeGrafana({ routes: { [list]: ok({ items: [] }) } });
  open();
  expect(await screen.findByText('No job watches a limit yet')).toBeVisible();
  expect(screen.getByText(/kind: capacity, limit: 95%/)).toBeVisible();
});

test('a backend that is down is told', async () => {
  fakeGrafana({ routes: { [list]: fail(502, '') } });
  open();
  expect(await screen.findByText('The AIOps backend does not answer')).toBeVisible();
});

test.each([
  ['crossed', { state: 'crossed', etaMs: null }, 'now'],
  ['with an open end', { etaHighMs: null }, 'in 41 h (30 h or later)'],
  ['with only an early end', { etaMs: null, etaHighMs: null }, 'not before 30 h'],
  ['without a range', { etaLowMs: null, etaHighMs: null }, 'in 41 h'],
  ['not claimed', { etaMs: null, etaLowMs: null, etaHighMs: null }, 'none claimed'],
] as const)('a crossing that is %s is told as what is known', (_name, row, text) => {
  expect(etaText(aCapacityRow(row), nowMs)).toBe(text);
});

test('what has crossed comes before what will, and what claims nothing last', () => {
  const crossed = aCapacityRow({ state: 'crossed', etaMs: null });
  const soon = aCapacityRow({ etaMs: nowMs + hourMs });
  const late = aCapacityRow({ etaMs: nowMs + 2 * hourMs });
  expect([flat, late, crossed, soon].sort(byEta)).toEqual([crossed, soon, late, flat]);
});
