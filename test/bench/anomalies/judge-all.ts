import { Piscina } from 'piscina';
import type { BenchContext } from '../suite.ts';
import type { Judgement, ReferenceJudgement } from './judge-series.ts';
import type { LabelledSeries } from './labelled-series.ts';
import type { JudgeTask } from './series-worker.ts';

const workers = 2;
/** The longest series have 300,000 values and take half a minute. */
const deadlineMs = 600_000;
const detection = 'backend/src/detection';

/** What makes the reference scores; others of our own folder have no part in them. */
const referenceSources = [
  ...['polynomial-residual', 'rank-tail', 'running', 'spectral-residual', 'fourier', 'window-length'].map(
    (name) => `${detection}/${name}.ts`
  ),
  'backend/src/timeseries/quantiles.ts',
  ...['reference-scores', 'vus-pr', 'labelled-series'].map((name) => `test/bench/anomalies/${name}.ts`),
];
const scoreSources = [detection, 'backend/src/timeseries', 'test/bench/anomalies'];

/** Reference scores of labelled series, in their order. */
export function referencesOf(context: BenchContext, series: readonly LabelledSeries[]): Promise<ReferenceJudgement[]> {
  const cache = context.openCache('anomaly-references', referenceSources);
  return inWorkers(context, 'reference scores', series, (one, run) =>
    cache.unit(one.id, () => run<ReferenceJudgement>({ kind: 'references', series: one, seed: context.seed }))
  );
}

/** Our scores and alerts of the series, in their order. */
export function scoresOf(
  context: BenchContext,
  series: readonly LabelledSeries[],
  kind: 'scores' | 'scores and alerts'
): Promise<Judgement[]> {
  const cache = context.openCache('anomaly-scores', scoreSources);
  return inWorkers(context, kind, series, (one, run) =>
    cache.unit(`${kind}/${one.id}`, () => run<Judgement>({ kind, series: one }))
  );
}

type Run = <T>(task: JudgeTask) => Promise<T>;

async function inWorkers<T>(
  context: BenchContext,
  label: string,
  series: readonly LabelledSeries[],
  judge: (one: LabelledSeries, run: Run) => Promise<T>
): Promise<T[]> {
  const pool = new Piscina({
    filename: new URL('./series-worker.ts', import.meta.url).href,
    name: 'judgeTask',
    maxThreads: workers,
  });
  const run: Run = (task) => pool.run(task, { signal: AbortSignal.timeout(deadlineMs) });
  const progress = context.track(label, series.length);
  const results = new Map<number, T>();
  const waiting = [...series.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results.set(next[0], await judge(next[1], run));
      progress.tick();
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, lane));
  } finally {
    await pool.destroy();
  }
  return series.flatMap((_, i) => results.get(i) ?? []);
}
