import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StoredAnomaly } from '../anomalies/anomaly-columns.ts';
import { planAnnotations, type AnnotationRecord, type AnnotationState, type JobPanels } from './annotation-plan.ts';

const nowMs = Date.parse('2026-11-25T12:00:00Z');
const minuteMs = 60_000;
const dayMs = 86_400_000;
const panel = { dashboardUid: 'shop', panelId: 4 };
const onShop: JobPanels = { panels: [panel], exact: true };

function anomaly(changes: Partial<StoredAnomaly> = {}): StoredAnomaly {
  const startedAtMs = changes.startedAtMs ?? nowMs - 10 * minuteMs;
  const endedAtMs = changes.endedAtMs ?? null;
  return {
    id: 'a1',
    job: 'checkout',
    kind: 'band',
    seriesId: 's1',
    labels: { service: 'checkout' },
    state: endedAtMs === null ? 'open' : 'closed',
    startedAtMs,
    endedAtMs,
    seenToMs: nowMs - minuteMs,
    openedAtMs: startedAtMs,
    direction: 'above',
    score: 2,
    peakScore: 3,
    peakAtMs: startedAtMs,
    peakValue: 9,
    expectedAtPeak: 3,
    evidence: [],
    flaps: 0,
    late: false,
    mutedBy: null,
    verdict: null,
    levelDecision: null,
    ...changes,
  };
}

function record(changes: Partial<AnnotationRecord> = {}): AnnotationRecord {
  const drawn = { annotationId: 7, endMs: nowMs - 5 * minuteMs, closed: false, updatedAtMs: nowMs - 5 * minuteMs };
  return { anomalyId: 'a1', ...panel, ...drawn, error: null, ...changes };
}

function plan(changes: Partial<AnnotationState>): string[] {
  const state = { anomalies: [anomaly()], records: [], panelsOf: () => onShop, nowMs, ...changes };
  return planAnnotations(state).map((step) => {
    const place = step.kind === 'draw' ? step.panel : step.record;
    const id = step.kind === 'erase' ? step.record.anomalyId : step.anomaly.id;
    return `${step.kind} ${id} on ${place.dashboardUid}/${place.panelId}`;
  });
}

const drawn = ['draw a1 on shop/4'];
const extended = ['extend a1 on shop/4'];
const erased = ['erase a1 on shop/4'];
const judged = (verdict: 'real' | 'expected' | 'false-alarm') => ({ verdict: { verdict, by: 'ada', atMs: nowMs } });

describe('an anomaly', () => {
  test.each<[string, Partial<AnnotationState>, string[]]>([
    ['that is new is drawn', {}, drawn],
    [
      'is drawn on each of its panels',
      { panelsOf: () => ({ panels: [panel, { ...panel, panelId: 5 }], exact: true }) },
      ['draw a1 on shop/4', 'draw a1 on shop/5'],
    ],
    ['of a job without panels is not drawn', { panelsOf: () => ({ panels: [], exact: true }) }, []],
    ['that was found late is not drawn', { anomalies: [anomaly({ late: true })] }, []],
    ['that a calendar mutes is not drawn', { anomalies: [anomaly({ mutedBy: 'freeze' })] }, []],
    ['that a person judged real is drawn', { anomalies: [anomaly(judged('real'))] }, drawn],
    ['that a person judged expected is not drawn', { anomalies: [anomaly(judged('expected'))] }, []],
    [
      'older than 90 days is not drawn',
      { anomalies: [anomaly({ startedAtMs: nowMs - 95 * dayMs, endedAtMs: nowMs - 91 * dayMs })] },
      [],
    ],
    [
      'whose request a crash cut off is drawn at once',
      { records: [record({ annotationId: null, error: null })] },
      drawn,
    ],
    [
      'that was refused a minute ago waits',
      { records: [record({ annotationId: null, error: 'no', updatedAtMs: nowMs - minuteMs })] },
      [],
    ],
    [
      'that was refused five minutes ago is tried again',
      { records: [record({ annotationId: null, error: 'no' })] },
      drawn,
    ],
    [
      'whose annotation a person deleted is left alone',
      { records: [record({ annotationId: null, closed: true })] },
      [],
    ],
  ])('%s', (_, state, expected) => {
    expect(plan(state)).toEqual(expected);
  });
});

describe('an annotation', () => {
  const ended = anomaly({ endedAtMs: nowMs - 2 * minuteMs });
  test.each<[string, Partial<AnnotationState>, string[]]>([
    ['grows while its anomaly lasts', { records: [record()] }, extended],
    ['grows at most once a minute', { records: [record({ updatedAtMs: nowMs - 59_000 })] }, []],
    ['does not grow without a new sample', { records: [record({ endMs: nowMs - minuteMs })] }, []],
    [
      'is closed at once when its anomaly ends',
      { anomalies: [ended], records: [record({ updatedAtMs: nowMs - 1 })] },
      extended,
    ],
    [
      'that is closed stays as it is',
      { anomalies: [ended], records: [record({ endMs: ended.endedAtMs, closed: true })] },
      [],
    ],
    ['grows again when its anomaly comes back', { records: [record({ closed: true })] }, extended],
    [
      'of a false alarm is erased',
      { anomalies: [anomaly(judged('false-alarm'))], records: [record({ closed: true })] },
      erased,
    ],
    [
      'of an anomaly that ended 90 days ago is erased',
      {
        anomalies: [anomaly({ startedAtMs: nowMs - 95 * dayMs, endedAtMs: nowMs - 91 * dayMs })],
        records: [record({ closed: true })],
      },
      erased,
    ],
    [
      'on a panel that the job names no more is erased',
      { panelsOf: () => ({ panels: [], exact: true }), records: [record()] },
      erased,
    ],
    [
      'stays, and grows, while it is not known which panels match',
      { panelsOf: () => ({ panels: [], exact: false }), records: [record()] },
      extended,
    ],
    [
      'that was drawn before the anomaly was muted stays',
      { anomalies: [anomaly({ mutedBy: 'freeze' })], records: [record()] },
      extended,
    ],
    [
      'that Grafana refused to erase a minute ago waits',
      {
        panelsOf: () => ({ panels: [], exact: true }),
        records: [record({ error: 'no', updatedAtMs: nowMs - minuteMs })],
      },
      [],
    ],
  ])('%s', (_, state, expected) => {
    expect(plan(state)).toEqual(expected);
  });

  test('of what came first is changed first, and erasing comes before', () => {
    const anomalies = [3, 1, 2].map((i) => anomaly({ id: `a${i}`, startedAtMs: nowMs - 100 * minuteMs + i }));
    const records = [record({ anomalyId: 'gone' }), record({ anomalyId: 'a2' })];
    expect(plan({ anomalies, records })).toEqual([
      'erase gone on shop/4',
      'draw a1 on shop/4',
      'extend a2 on shop/4',
      'draw a3 on shop/4',
    ]);
  });
});

describe('limits', () => {
  const many = (count: number, changes: (i: number) => Partial<StoredAnomaly>) =>
    Array.from({ length: count }, (_, i) => anomaly({ id: `a${i}`, ...changes(i) }));

  test('leave the 20 strongest of a panel and day', () => {
    const anomalies = many(30, (i) => ({ peakScore: i, startedAtMs: nowMs - minuteMs - i }));
    const ids = plan({ anomalies }).map((text) => Number(/a(\d+)/.exec(text)?.[1]));
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 10));
  });

  test('let a stronger one take the place of the weakest', () => {
    const anomalies = many(21, (i) => ({ peakScore: 10 + i, startedAtMs: nowMs - minuteMs }));
    const records = anomalies.slice(0, 20).map(({ id }) => record({ anomalyId: id, updatedAtMs: nowMs }));
    expect(plan({ anomalies, records })).toEqual(['erase a0 on shop/4', 'draw a20 on shop/4']);
  });

  test('leave the newest 100 of a dashboard', () => {
    const anomalies = many(150, (i) => ({
      startedAtMs: nowMs - (i + 1) * 6 * 3_600_000,
      endedAtMs: nowMs - (i + 1) * 6 * 3_600_000 + 1,
    }));
    const planned = plan({ anomalies });
    expect([planned.length, planned.at(-1), planned[0]]).toEqual([100, 'draw a0 on shop/4', 'draw a99 on shop/4']);
  });
});

const arbitraryAnomaly = fc
  .record({
    id: fc.integer({ min: 0, max: 400 }).map((i) => `a${i}`),
    job: fc.constantFrom('one', 'two'),
    startedAtMs: fc.integer({ min: nowMs - 100 * dayMs, max: nowMs }),
    lastsMs: fc.option(fc.integer({ min: 0, max: 3 * dayMs })),
    peakScore: fc.option(fc.double({ min: 0, max: 50, noNaN: true })),
    late: fc.boolean(),
    mutedBy: fc.constantFrom(null, null, 'freeze'),
  })
  .map(({ lastsMs, ...rest }) =>
    anomaly({ ...rest, seenToMs: nowMs, endedAtMs: lastsMs === null ? null : rest.startedAtMs + lastsMs })
  );

const arbitraryState = fc
  .record({
    anomalies: fc.uniqueArray(arbitraryAnomaly, { selector: ({ id }) => id, maxLength: 300 }),
    recordIds: fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 100 }),
    exact: fc.boolean(),
  })
  .map(({ anomalies, recordIds, exact }): AnnotationState => {
    const panels = [panel, { dashboardUid: 'shop', panelId: 5 }, { dashboardUid: 'other', panelId: 1 }];
    const records = recordIds.map((i) => record({ anomalyId: `a${i}`, annotationId: i }));
    return { anomalies, records, nowMs, panelsOf: () => ({ panels, exact }) };
  });

/** What Grafana and our table hold after all steps went well. */
function after(state: AnnotationState): readonly AnnotationRecord[] {
  const steps = planAnnotations(state);
  const erasedKeys = new Set(steps.flatMap((step) => (step.kind === 'erase' ? [keyOfRecord(step.record)] : [])));
  const rewritten = steps.flatMap((step) => {
    if (step.kind === 'erase') {
      return [];
    }
    const place = step.kind === 'draw' ? step.panel : step.record;
    const { id, state: lasts, endedAtMs, seenToMs, startedAtMs } = step.anomaly;
    const endMs = Math.max(startedAtMs, endedAtMs ?? seenToMs);
    return [
      record({ ...place, anomalyId: id, annotationId: 1, endMs, closed: lasts === 'closed', updatedAtMs: nowMs }),
    ];
  });
  const rewrittenKeys = new Set(rewritten.map(keyOfRecord));
  const untouched = state.records.filter(
    (one) => !erasedKeys.has(keyOfRecord(one)) && !rewrittenKeys.has(keyOfRecord(one))
  );
  return [...untouched, ...rewritten];
}

const keyOfRecord = ({ anomalyId, dashboardUid, panelId }: AnnotationRecord) =>
  `${anomalyId} ${dashboardUid} ${panelId}`;

describe('whatever the state', () => {
  test('a second plan has nothing to do', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        expect(planAnnotations({ ...state, records: after(state) })).toEqual([]);
      })
    );
  });

  test('a dashboard ends with at most 100 annotations and no pair of anomaly and panel twice', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        const records = after(state);
        const perDashboard = [...Map.groupBy(records, ({ dashboardUid }) => dashboardUid).values()];
        expect(Math.max(0, ...perDashboard.map(({ length }) => length))).toBeLessThanOrEqual(100);
        expect(new Set(records.map(keyOfRecord)).size).toBe(records.length);
      })
    );
  });

  test('no late anomaly is drawn', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        const lateIds = new Set(state.anomalies.filter(({ late }) => late).map(({ id }) => id));
        expect(after(state).filter(({ anomalyId }) => lateIds.has(anomalyId))).toEqual([]);
      })
    );
  });
});
