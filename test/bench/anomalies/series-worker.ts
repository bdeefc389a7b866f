import { judgeReferences, judgeScores, type Judgement, type ReferenceJudgement } from './judge-series.ts';
import type { LabelledSeries } from './labelled-series.ts';

export type JudgeTask =
  | { readonly kind: 'references'; readonly series: LabelledSeries; readonly seed: number }
  | { readonly kind: 'scores' | 'scores and alerts'; readonly series: LabelledSeries };

/** One series in a worker thread: what piscina calls. */
export function judgeTask(task: JudgeTask): ReferenceJudgement | Judgement {
  return task.kind === 'references'
    ? judgeReferences(task.series, task.seed)
    : judgeScores(task.series, task.kind === 'scores and alerts');
}
