import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AnomalyRecord } from '../contract/anomaly.ts';
import { JobSpec } from '../contract/job.ts';
import { alertKey, alertLabels, alertMessage } from './alert-message.ts';
import { planAlerts, type AlertView, type Delivery } from './alert-plan.ts';

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 5, 12);
const job = JobSpec.parse({ name: 'latency', query: 'q', alert: { severity: 'critical', labels: { team: 'shop' } } });

function anAnomaly(changes: Partial<AnomalyRecord> = {}): AnomalyRecord {
  return {
    ...{ id: 'a1', job: 'latency', kind: 'band', seriesId: 's1', labels: { route: '/checkout' }, state: 'open' },
    ...{ startedAtMs: startMs, endedAtMs: null, seenToMs: startMs, openedAtMs: startMs, direction: 'above' },
    ...{ score: 2, peakScore: 3.14159265, peakAtMs: startMs, peakValue: 412, expectedAtPeak: 70 },
    ...{ evidence: [], flaps: 0, late: false, mutedBy: null, verdict: null, levelDecision: null },
    ...{ panels: [], deliveries: [] },
    ...changes,
  };
}

function plan(anomalies: readonly AnomalyRecord[], nowMs: number, told: Readonly<Record<string, Delivery>> = {}) {
  const view: AlertView = {
    anomalies,
    jobs: new Map([[job.name, job]]),
    deliveries: new Map(Object.entries(told)),
  };
  return planAlerts(view, nowMs);
}

const took = (state: 'firing' | 'resolved', atMs: number, sentAtMs = atMs): Delivery => {
  return { state, acceptedAtMs: atMs, sentAtMs, attempts: 1 };
};
const ended = { state: 'closed' as const, endedAtMs: startMs + minuteMs };
const judged = (verdict: 'real' | 'expected' | 'false-alarm') => ({ verdict: { verdict, by: 'a', atMs: startMs } });

describe('what a receiver is told', () => {
  test('an anomaly is told at once and again each minute, for four minutes ahead', () => {
    const first = plan([anAnomaly()], startMs);
    expect(first.due.map(({ state, endsAtMs }) => [state, endsAtMs - startMs])).toEqual([['firing', 4 * minuteMs]]);
    const told = { a1: took('firing', startMs) };
    expect(plan([anAnomaly()], startMs + 59_999, told)).toMatchObject({ due: [], nextAtMs: startMs + minuteMs });
    expect(plan([anAnomaly()], startMs + minuteMs, told).due).toHaveLength(1);
  });

  test('one that was never taken is due at once whenever it is looked at', () => {
    const failing: Delivery = { state: 'failing', acceptedAtMs: null, sentAtMs: startMs, attempts: 7 };
    expect(plan([anAnomaly()], startMs + 1, { a1: failing }).due).toHaveLength(1);
  });

  test('the end is told once it is there, each minute for a quarter of an hour, and then no more', () => {
    const over = anAnomaly(ended);
    const firing = { a1: took('firing', startMs) };
    const atEnd = plan([over], startMs + 2 * minuteMs, firing).due;
    expect(atEnd.map(({ state, endsAtMs }) => [state, endsAtMs])).toEqual([['resolved', ended.endedAtMs]]);
    const resolvedMs = startMs + 2 * minuteMs;
    const resolved = (sentAtMs: number) => ({ a1: took('resolved', resolvedMs, sentAtMs) });
    expect(plan([over], resolvedMs + minuteMs, resolved(resolvedMs)).due).toHaveLength(1);
    expect(plan([over], resolvedMs + 15 * minuteMs, resolved(resolvedMs)).due).toEqual([]);
  });

  test('the end of what was never taken is not told', () => {
    const failing: Delivery = { state: 'failing', acceptedAtMs: null, sentAtMs: startMs, attempts: 3 };
    expect(plan([anAnomaly(ended)], startMs + 2 * minuteMs).due).toEqual([]);
    expect(plan([anAnomaly(ended)], startMs + 2 * minuteMs, { a1: failing }).due).toEqual([]);
  });

  test.each([
    ['muted by a calendar', { mutedBy: 'change-freeze' }],
    ['called expected', judged('expected')],
    ['called a false alarm', judged('false-alarm')],
  ])('one that is %s is not told, and ended where it was', (_what, changes) => {
    expect(plan([anAnomaly(changes)], startMs).due).toEqual([]);
    const due = plan([anAnomaly(changes)], startMs + minuteMs, { a1: took('firing', startMs) }).due;
    expect(due.map(({ state, endsAtMs }) => [state, endsAtMs])).toEqual([['resolved', startMs + minuteMs]]);
  });

  test('one that a person confirms goes on', () => {
    expect(plan([anAnomaly(judged('real'))], startMs).due).toMatchObject([{ state: 'firing' }]);
  });

  test('nothing is told for a job that keeps its alerts to the pages, nor for one that is gone', () => {
    const quiet = JobSpec.parse({ name: 'latency', query: 'q', alert: 'none' });
    const anomalies = [anAnomaly(), anAnomaly({ id: 'a2', job: 'gone' })];
    const jobs = new Map([[quiet.name, quiet]]);
    expect(planAlerts({ anomalies, jobs, deliveries: new Map() }, startMs).due).toEqual([]);
  });

  test('an old end is not told over a new alert with the same labels', () => {
    const told = { a1: took('resolved', startMs + minuteMs), a2: took('firing', startMs + 2 * minuteMs) };
    const again = anAnomaly({ id: 'a2', startedAtMs: startMs + 2 * minuteMs });
    const due = plan([anAnomaly(ended), again], startMs + 4 * minuteMs, told).due;
    expect(due.map(({ anomaly, state }) => [anomaly.id, state])).toEqual([['a2', 'firing']]);
  });

  test('a clock that was set back tells nothing twice within a minute and never waits longer than one', () => {
    const told = { a1: took('firing', startMs + 3_600_000) };
    expect(plan([anAnomaly()], startMs, told).nextAtMs).toBeLessThanOrEqual(startMs + minuteMs);
  });

  test('whatever was told before: no end without an acceptance, and nothing twice within a minute', () => {
    const deliveries = fc.record({
      state: fc.constantFrom('firing' as const, 'resolved' as const, 'failing' as const),
      acceptedAtMs: fc.option(fc.integer({ min: startMs, max: startMs + 30 * minuteMs })),
      sentAtMs: fc.integer({ min: startMs, max: startMs + 30 * minuteMs }),
      attempts: fc.nat(9),
    });
    fc.assert(
      fc.property(deliveries, fc.boolean(), fc.integer({ min: 0, max: 60 * minuteMs }), (told, isOver, afterMs) => {
        const nowMs = startMs + afterMs;
        const { due, nextAtMs } = plan([anAnomaly(isOver ? ended : {})], nowMs, { a1: told });
        for (const { state } of due) {
          expect(state === 'resolved' && told.acceptedAtMs === null).toBe(false);
          const sameState = told.state === state;
          expect(sameState && told.sentAtMs <= nowMs && nowMs - told.sentAtMs < minuteMs).toBe(false);
        }
        expect(nextAtMs - nowMs).toBeLessThanOrEqual(minuteMs);
      })
    );
  });
});

describe('the alert of an anomaly', () => {
  const alert = { severity: 'critical', labels: { team: 'shop' }, annotations: {} };

  test('is the same one from start to end, whatever its numbers do', () => {
    const labels = alertLabels(anAnomaly(), alert);
    const later = anAnomaly({ ...ended, peakScore: 9, peakValue: 1e6, flaps: 3, seenToMs: startMs + minuteMs });
    expect(alertKey(alertLabels(later, alert))).toBe(alertKey(labels));
    expect(labels).toEqual({
      ...{ alertname: 'AIOpsAnomaly', origin: 'aiops', job_name: 'latency', kind: 'band', severity: 'critical' },
      ...{ route: '/checkout', team: 'shop' },
    });
  });

  test('takes over any label of a series under a legal name, without replacing ours', () => {
    const labels = { __name__: 'up', 'http.route': '/a', '1st': 'x', severity: 'page', empty: '' };
    expect(alertLabels(anAnomaly({ labels }), alert)).toMatchObject({
      ...{ source_metric: 'up', http_route: '/a', _1st: 'x', exported_severity: 'page', severity: 'critical' },
    });
    expect(alertLabels(anAnomaly({ labels }), alert)).not.toHaveProperty('empty');
  });

  test('has its numbers in annotations and links to its page', () => {
    const told = JobSpec.parse({ name: 'latency', query: 'q', title: 'Checkout' });
    const spec = { ...told, alert };
    const message = alertMessage(anAnomaly(), spec, startMs + 1, ({ id }) => `http://g/a/${id}`);
    expect(message.annotations).toMatchObject({
      summary: 'Checkout: route=/checkout left its band and is above it',
      ...{ score: '3.14159', value: '412', expected: '70', runbook_url: 'http://g/a/a1' },
    });
    expect(message.generatorURL).toBe('http://g/a/a1');
    expect(alertMessage(anAnomaly(), spec, startMs - 5, () => undefined)).toMatchObject({
      startsAt: '2026-01-05T12:00:00.000Z',
      endsAt: '2026-01-05T12:00:00.001Z',
    });
  });
});
