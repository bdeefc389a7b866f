import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JobSpec } from '../contract/job.ts';
import { noResult, type JobRecord } from './job-record.ts';
import { jobState, nextTrainingAtMs, type JobMoment } from './job-state.ts';

const hourMs = 3_600_000;
const nowMs = 1_000 * hourMs;
const moment: JobMoment = { nowMs, running: false, key: 'k' };
const error = { code: 'source_refused', message: 'source "main" refuses connections: start it' };

function aJob(changes: Partial<JobRecord> = {}): JobRecord {
  return {
    spec: JobSpec.parse({ name: 'checkout', query: 'up' }),
    origin: { kind: 'api', by: 'Ann' },
    createdAtMs: nowMs - hourMs,
    updatedAtMs: nowMs - hourMs,
    ...{ asideReason: undefined, retrainRequestedAtMs: undefined, trainedAtMs: undefined, trainedToMs: undefined },
    ...{ trainedKey: undefined, attemptedAtMs: undefined, failures: 0, error: undefined, result: noResult },
    ...changes,
  };
}

function trained(hoursAgo: number, changes: Partial<JobRecord> = {}): JobRecord {
  const atMs = nowMs - hoursAgo * hourMs;
  const result = { ...noResult, seriesCount: 3 };
  return aJob({ trainedAtMs: atMs, trainedToMs: atMs, attemptedAtMs: atMs, trainedKey: 'k', result, ...changes });
}

describe('the state of a job', () => {
  test.each([
    ['never trained', aJob(), moment, 'waiting'],
    ['never trained, source down', aJob({ failures: 1, error, attemptedAtMs: nowMs }), moment, 'failing'],
    ['in training', trained(1), { ...moment, running: true }, 'training'],
    ['trained an hour ago', trained(1), moment, 'fresh'],
    ['due but queued', trained(13), moment, 'fresh'],
    ['long overdue', trained(20), moment, 'stale'],
    ['overdue, and nothing reaches now any more', trained(40), moment, 'failing'],
    ['last training failed, forecast reaches now', trained(13, { failures: 2, error }), moment, 'stale'],
    ['last training failed, forecast has ended', trained(40, { failures: 9, error }), moment, 'failing'],
    ['changed since', trained(1), { ...moment, key: 'other' }, 'stale'],
    [
      'too short a history',
      trained(1, { result: { ...noResult, seriesCount: 2, warmingCount: 2 } }),
      moment,
      'warming-up',
    ],
    [
      'some series too short',
      trained(1, { result: { ...noResult, seriesCount: 2, warmingCount: 1 } }),
      moment,
      'fresh',
    ],
    ['set aside', aJob({ asideReason: 'jobs/a.yaml:2 took its name' }), moment, 'failing'],
  ])('%s', (_name, record, at, expected) => {
    expect(jobState(record, at).state).toBe(expected);
  });

  test('names the cause and the age of what is served when trainings fail', () => {
    expect(jobState(trained(13, { failures: 1, error }), moment).reason).toBe(
      'source "main" refuses connections: start it (the forecast is 13h old)'
    );
  });
});

describe('the next training', () => {
  test('of a new job is due at once', () => {
    expect(nextTrainingAtMs(aJob(), 'k')).toBeLessThanOrEqual(nowMs);
  });

  test('of a job that is set aside never comes', () => {
    expect(nextTrainingAtMs(aJob({ asideReason: 'x' }), 'k')).toBeNull();
  });

  test('comes at once when someone asked for it, also after failures', () => {
    const record = trained(1, { failures: 5, error, retrainRequestedAtMs: nowMs });
    expect(nextTrainingAtMs(record, 'k')).toBe(nowMs);
  });

  test('is not asked for twice: a request before the last attempt is done with', () => {
    const record = trained(1, { retrainRequestedAtMs: nowMs - 2 * hourMs });
    expect(nextTrainingAtMs(record, 'k')).toBeGreaterThan(nowMs);
  });

  test('after failures waits longer each time, and half an hour at most', () => {
    const waits = [1, 2, 3, 20].map((failures) => {
      return (nextTrainingAtMs(trained(0, { failures, error }), 'k') ?? 0) - nowMs;
    });
    expect(waits).toEqual([30_000, 60_000, 120_000, 1_800_000]);
  });

  test('comes within the last tenth of the interval, so that a full horizon is always ahead', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/), (name) => {
        const record = trained(0, { spec: JobSpec.parse({ name, query: 'up' }) });
        const waitHours = ((nextTrainingAtMs(record, 'k') ?? 0) - nowMs) / hourMs;
        expect(waitHours).toBeLessThanOrEqual(12);
        expect(waitHours).toBeGreaterThan(10.7);
      })
    );
  });

  test('of a hundred jobs does not come at the same minute', () => {
    const minutes = Array.from({ length: 100 }, (_, i) => {
      const record = trained(0, { spec: JobSpec.parse({ name: `job-${i}`, query: 'up' }) });
      return Math.floor((nextTrainingAtMs(record, 'k') ?? 0) / 60_000);
    });
    expect(new Set(minutes).size).toBeGreaterThan(40);
  });
});
