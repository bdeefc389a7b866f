import type { Backtest, BacktestRow, Note } from '../contract/forecast.ts';
import type { Coverage } from '../contract/job.ts';
import { seasonalNaiveError, type CoverageTally } from './accuracy.ts';
import { foldErrors, type MemberRun } from './backtest.ts';
import type { Blend, BlendNeeds } from './blend.ts';

/** A blend must beat the naive forecasts by this share to be called better. */
const betterShare = 0.02;
const horizonParts = 3;

export interface TableNeeds extends Omit<BlendNeeds, 'range'> {
  readonly blend: Blend;
}

/** The table of a rolling back-test, best first, and what a reader must know about it. */
export function backtestTable(needs: TableNeeds): { readonly backtest: Backtest; readonly notes: Note[] } {
  const { blend, plan, history, levels, context } = needs;
  const scale = seasonalNaiveError(needs.observed.values, context.seasons[0] ?? 1);
  const coverage = levels.map((levelPercent, i) => measured(levelPercent, blend.coverage[i]!));
  const rows = needs.runs.map((run) => modelRow(run, needs, scale));
  const lone = blend.weights.length === 1 ? blend.weights[0]!.model : undefined;
  const blendError = finiteMean(blend.errors);
  if (lone === undefined) {
    const seconds = rows.reduce((sum, row) => sum + (row.weight > 0 ? row.seconds : 0), 0);
    const scores = { mase: scaled(blendError, scale), mae: blendError };
    rows.push({ model: 'blend', ...scores, coverage, seconds, weight: 1, excluded: null });
  }
  rows.sort((a, b) => (a.mae ?? Infinity) - (b.mae ?? Infinity));
  const selected = lone ?? 'blend';
  return {
    backtest: {
      rows: rows.map((row) => (row.model === selected ? { ...row, coverage } : row)),
      folds: plan.origins.length,
      foldSteps: plan.foldSteps,
      seasonsMs: context.seasons.map((season) => season * history.stepMs),
      selected,
      reason: reasonFor(rows, selected),
      coverage,
      coverageByHorizon: coverageByHorizon(needs),
    },
    notes: naiveNotes(rows, selected),
  };
}

function modelRow(run: MemberRun, { blend, plan, observed, levels, context }: TableNeeds, scale: number): BacktestRow {
  const unknown = levels.map((levelPercent) => ({ levelPercent, measuredRatio: null }));
  const base = { model: run.model, coverage: unknown, seconds: run.cpuSecondsPerFit };
  if (run.excluded !== undefined) {
    return { ...base, mase: null, mae: null, weight: 0, excluded: run.excluded };
  }
  const error = finiteMean(foldErrors(run.lines, observed.values, plan, context.horizonSteps));
  const weight = blend.weights.find(({ model }) => model === run.model)?.weight ?? 0;
  return { ...base, mase: scaled(error, scale), mae: error, weight, excluded: null };
}

function measured(levelPercent: number, { hits, total }: CoverageTally): Coverage {
  return { levelPercent, measuredRatio: total === 0 ? null : hits / total };
}

/** Coverage of the first, the middle and the last third of the horizon as far as the folds reach. */
function coverageByHorizon({ blend, plan, history, levels, context }: TableNeeds): Backtest['coverageByHorizon'] {
  const steps = Math.min(plan.foldSteps, context.horizonSteps);
  const parts = Math.min(horizonParts, steps);
  const edges = Array.from({ length: parts + 1 }, (_, i) => Math.round((i * steps) / parts));
  return edges.slice(1).map((toStep, i) => {
    const fromStep = edges[i]!;
    const tallies = blend.coverageWithin(fromStep, toStep);
    return {
      fromMs: fromStep * history.stepMs,
      toMs: toStep * history.stepMs,
      coverage: levels.map((levelPercent, level) => measured(levelPercent, tallies[level] ?? { hits: 0, total: 0 })),
    };
  });
}

function scaled(error: number | null, scale: number): number | null {
  return error !== null && scale > 0 ? error / scale : null;
}

function finiteMean(values: Float64Array): number | null {
  const finite = values.filter((value) => Number.isFinite(value));
  return finite.length === 0 ? null : finite.reduce((sum, value) => sum + value, 0) / finite.length;
}

function reasonFor(rows: readonly BacktestRow[], selected: string): string {
  const own = rows.find(({ model }) => model === selected)?.mae ?? null;
  const rival = rows.find(({ model, excluded }) => model !== 'blend' && model !== selected && excluded === null);
  if (selected !== 'blend') {
    return rival === undefined
      ? `Only ${selected} could take part.`
      : `The others were more than 1.5 times as far off as ${selected}.`;
  }
  const count = rows.filter(({ model, weight }) => model !== 'blend' && weight > 0).length;
  const share = own === null || !rival?.mae ? undefined : Math.round(100 * (1 - own / rival.mae));
  return `Blend of ${count} models${share === undefined ? '' : comparison(share, rival?.model ?? '')}.`;
}

function comparison(sharePercent: number, rival: string): string {
  if (sharePercent < 0) {
    return `: on data it had not seen it was ${-sharePercent} % further off than ${rival}, which is known to be the best single model only afterwards`;
  }
  const size = sharePercent === 0 ? 'as close as' : `${sharePercent} % closer than`;
  return `: on data it had not seen it was ${size} the best single model, ${rival}`;
}

function naiveNotes(rows: readonly BacktestRow[], selected: string): Note[] {
  const own = rows.find(({ model }) => model === selected)?.mae ?? null;
  const naive = Math.min(
    ...rows.filter(({ model }) => model === 'naive' || model === 'seasonal-naive').map((row) => row.mae ?? Infinity)
  );
  if (own === null || !Number.isFinite(naive) || own <= (1 - betterShare) * naive) {
    return [];
  }
  const text =
    'No model did better than repeating the last value or the last day: treat the expected line as a guess and trust the band. A sum over fewer labels, a longer step or a longer history may be easier to forecast.';
  return [{ code: 'no-better-than-naive', severity: 'warning', text }];
}
