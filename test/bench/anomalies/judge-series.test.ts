import { describe, expect, test } from '@jest/globals';
import { evidenceLevels, judgeReferences, judgeScores, settings } from './judge-series.ts';
import type { LabelledSeries } from './labelled-series.ts';
import { referenceNames, referenceScores } from './reference-scores.ts';

const length = 600;
const spike = 450;

/** A small, uneven wave with one far spike that is labelled, in its second half. */
function aSeries(change: Partial<LabelledSeries> = {}): LabelledSeries {
  const values = Float64Array.from({ length }, (_, i) => Math.sin(i / 8) + ((i * 37) % 101) / 100);
  values.fill(40, spike, spike + 2);
  const labels = new Uint8Array(length).fill(1, spike, spike + 2);
  return { id: 's', group: 'g', values, labels, startMs: 0, stepMs: 60_000, history: 0, window: 10, ...change };
}

describe('our scores of a series', () => {
  test('find a spike in every form', () => {
    const { vusPr, points } = judgeScores(aSeries({ history: 300 }), false);

    expect(Object.keys(vusPr).sort()).toEqual(['after history', 'causal', 'offline']);
    // Scores drawn at random reach about 0.04.
    expect(Math.min(...Object.values(vusPr))).toBeGreaterThan(0.1);
    expect(points).toBe(300);
  });

  test('have no VUS-PR where nothing is labelled, but alerts', () => {
    const { vusPr, alerts } = judgeScores(aSeries({ labels: new Uint8Array(length) }), true);

    expect(vusPr).toEqual({});
    expect(alerts?.own).toMatchObject({ events: 0, found: 0 });
    expect(alerts?.frozen).toBeUndefined();
  });

  test('are finite over gaps', () => {
    const series = aSeries();
    series.values.fill(NaN, 100, 130);

    expect(judgeScores(series, false).vusPr.causal).toBeGreaterThan(0);
  });

  test('raise an alert for the spike from a threshold that the history gave, for each setting', () => {
    const { alerts } = judgeScores(aSeries({ history: 300, stepMs: 3_600_000 }), true);

    expect(alerts?.frozen).toHaveLength(settings.length);
    alerts?.frozen?.forEach((counts) => {
      expect(counts).toMatchObject({ events: 1, found: 1, delayMinutes: [0] });
    });
  });
});

test('a higher threshold for all series finds no more, until nothing fires', () => {
  const { alerts } = judgeScores(aSeries({ history: 300, stepMs: 3_600_000 }), true);
  const found = alerts?.byEvidence.map((counts) => counts.found) ?? [];

  expect(found).toHaveLength(evidenceLevels.length);
  expect(found[0]).toBe(1);
  expect([...found].sort((a, b) => b - a)).toEqual(found);
  expect(alerts?.byEvidence.at(-1)).toMatchObject({ alerts: 0, falseAlerts: 0 });
});

describe('reference scores', () => {
  test('are all judged, with the window of the set or of the series', () => {
    const given = judgeReferences(aSeries(), 1);
    const own = judgeReferences(aSeries({ window: undefined }), 1);

    expect(Object.keys(given.vusPr).sort()).toEqual([...referenceNames].sort());
    expect(own.window).toBe(given.window);
    expect(own.vusPr.POLY).not.toBe(given.vusPr.POLY);
  });

  test('of the window norm are those of a second implementation in NumPy', () => {
    const values = Float64Array.from({ length: 40 }, (_, i) => ((i * 7) % 11) + (i === 25 ? 20 : 0));

    const norm = referenceScores(values, 6, 1).get('window norm')!;

    const golden = [
      [0, 1.6168196594442827],
      [2, 1.6168196594442827],
      [3, 1.6168196594442827],
      [20, 1.6469706741188814],
      [25, 4.891143119822172],
      [39, 1.3891594408011005],
    ];
    golden.forEach(([i, value]) => {
      expect(norm[i!]).toBeCloseTo(value!, 10);
    });
  });

  test('of the difference are the mean of five absolute steps', () => {
    const values = Float64Array.of(0, 0, 0, 0, 10, 0, 0, 0, 0, 0);

    expect([...referenceScores(values, 5, 1).get('difference')!]).toEqual([0, 0, 2, 4, 4, 4, 4, 2, 0, 0]);
  });
});
