import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { JobSpec, type JobSummary } from '../contract/index.ts';
import { registerStateMetrics } from './state-metrics.ts';

function job(name: string, state: JobSummary['state'], trainedAtMs: number | null): JobSummary {
  return {
    spec: JobSpec.parse({ name, query: 'up' }),
    origin: { kind: 'api', by: 'a test' },
    state,
    stateReason: null,
    seriesCount: 3,
    model: null,
    mase: null,
    coverage: [],
    trainedAtMs,
    nextTrainingAtMs: null,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}

test('a scrape reads the jobs of that moment; a deleted one leaves no line behind', async () => {
  const registry = new Registry();
  let jobs = [job('a', 'fresh', 4_000), job('b', 'waiting', null)];
  let asked = 0;
  registerStateMetrics({
    registry,
    clock: { nowMs: () => 10_000, sleep: async () => {} },
    listJobs: async () => {
      asked += 1;
      return jobs;
    },
    training: { load: () => ({ running: 1, queued: 5, workers: 2 }) },
  });
  const first = await registry.metrics();
  expect(asked).toBe(1);
  expect(first).toContain('aiops_bands_age_seconds{job="a"} 6');
  expect(first).not.toContain('job="b"');
  expect(first).toContain('aiops_jobs{state="waiting"} 1');
  jobs = [];
  const second = await registry.metrics();
  expect(second).not.toContain('job="a"');
  expect(second).toMatch(/aiops_series 0/);
  expect(second).toMatch(/aiops_training_queue_length 5/);
});
