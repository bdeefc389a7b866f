import type { Anomaly, Note } from '../contract/forecast.ts';
import type { ModelName } from '../contract/job.ts';
import { startOnline } from '../detection/online-score.ts';
import { encodeOnline } from '../detection/online-state.ts';
import { scoreSeries } from '../detection/score.ts';
import { AppError } from '../errors.ts';
import { replayPast } from '../scoring/replay.ts';
import { fillGaps } from '../timeseries/gaps.ts';
import { resample, type Resampled } from '../timeseries/resample.ts';
import { findSeasons, stepsOf } from '../timeseries/seasonality.ts';
import { lastMs, type RegularSeries } from '../timeseries/series.ts';
import { backtestTable } from './backtest-table.ts';
import { backtestMember, cpuSeconds, fitChecked, planFolds, type FoldPlan, type MemberRun } from './backtest.ts';
import { joinBands } from './band.ts';
import { blendMembers, type Blend } from './blend.ts';
import type { Alerting, BandArrays, ForecastOutcome, ForecastTask, Learnt } from './forecast-task.ts';
import type { FitContext } from './forecaster.ts';
import { findLateChange, holdBothLevels, type LateChange } from './late-change.ts';
import { forecasterOf } from './models/forecasters.ts';
import { blendLines } from './model-selection.ts';
import { ruleBands } from './rule-bands.ts';
import { judge, type Verdict } from './rules.ts';

/** Cheap families that differ in what they believe; Prophet, MSTL and DLinear cost 10 to 100 times as much. */
const autoModels: readonly ModelName[] = [
  'naive',
  'seasonal-naive',
  'slot-median',
  'slot-median-week',
  'ets',
  'ridge',
  'ar',
  'ar-recent',
  'ar-week',
  'ar-raw',
  'analogue',
];
const slowModels: readonly ModelName[] = ['prophet', 'dlinear', 'mstl'];
const maxFolds = 14;
/** With a slow family in the list: fewer folds, so that a preview stays within its deadline. */
const maxFoldsSlow = 4;
/** Larger than this is no measurement, and squares of it would not fit the single precision of bands. */
const largestValue = 1e36;
const maxHorizonSteps = 50_000;
const dayMs = 86_400_000;
/** The defaults of jobs. */
const usualAlerting: Alerting = {
  open: { count: 2, of: 3 },
  close: { count: 3, of: 3 },
  atLeast: undefined,
  retrainMs: dayMs / 2,
};

/** What the stages below hand on: the task and its history on the grid. */
interface Prepared {
  readonly task: ForecastTask;
  readonly resampled: Resampled;
  readonly levels: readonly number[];
  readonly horizonSteps: number;
}

type Answer = Omit<ForecastOutcome, 'cpuSeconds' | 'history' | 'anomalies' | 'nowScore' | 'learnt'>;

/**
 * The whole way of one series: to a regular grid, rules, seasons, rolling back-test, blend, conformal band, anomalies.
 * Deterministic for a given task save for the CPU times.
 * When none of the models that were asked for can be fitted, the last value stands in and a note names each reason.
 * @throws AppError `invalid_request` for a horizon of more than 50,000 steps, `fit_failed` when all models that did well
 *   in the back-test fail on the whole history
 */
export async function forecastSeries(task: ForecastTask): Promise<ForecastOutcome> {
  const started = cpuSeconds();
  const prepared = prepare(task);
  const history = prepared.resampled.series;
  const verdict = judge(prepared.resampled, prepared.levels, task.query);
  const answer = await answerTo(verdict, prepared);
  const learnt = learn(history);
  return {
    ...answer,
    notes: [...verdict.notes, ...answer.notes],
    history,
    anomalies: wouldHaveTold(task, history, { band: answer.heldOut, learnt }),
    nowScore: scoreOfNow(history, answer.heldOut, task),
    learnt,
    cpuSeconds: cpuSeconds() - started,
  };
}

function learn(history: RegularSeries): Learnt | undefined {
  if (!history.values.some(Number.isFinite)) {
    return undefined;
  }
  const { evidence, state } = startOnline(history);
  return { evidence: Float32Array.from(evidence), online: encodeOnline(state) };
}

function wouldHaveTold(
  task: ForecastTask,
  history: RegularSeries,
  { band, learnt }: { readonly band: BandArrays | undefined; readonly learnt: Learnt | undefined }
): readonly Anomaly[] {
  const { open, close, atLeast, retrainMs } = task.alerting ?? usualAlerting;
  const rule = {
    band: { levelPercent: Math.max(...task.levels), direction: task.direction, atLeast, range: task.range },
    hysteresis: { open, close, stepMs: history.stepMs },
    retrainMs,
  };
  return band === undefined ? [] : replayPast({ history, band, evidence: learnt?.evidence }, rule, task.alertsPerWeek);
}

function prepare(task: ForecastTask): Prepared {
  const usable = task.values.map((value) => (Math.abs(value) <= largestValue ? value : NaN));
  const resampled = resample({ timestampsMs: task.timestampsMs, values: usable }, task.stepMs);
  const horizonSteps = Math.max(1, Math.round(task.horizonMs / resampled.series.stepMs));
  if (!(horizonSteps <= maxHorizonSteps)) {
    throw new AppError(
      'invalid_request',
      `The horizon is ${horizonSteps} steps, at most ${maxHorizonSteps} are possible. Ask for a shorter horizon or a longer step.`
    );
  }
  return { task, resampled, levels: [...new Set(task.levels)].sort((a, b) => a - b), horizonSteps };
}

async function answerTo(verdict: Verdict, prepared: Prepared): Promise<Answer> {
  switch (verdict.kind) {
    case 'warming-up':
      return {
        state: 'warming-up',
        notes: [],
        heldOut: undefined,
        forecast: undefined,
        backtest: undefined,
        model: undefined,
      };
    case 'rule':
      return {
        state: 'rule',
        notes: [],
        ...ruleBands(verdict.band, prepared.resampled.series, prepared),
        backtest: undefined,
        model: verdict.band.rule,
      };
    case 'model':
      return modelled(prepared);
  }
}

async function modelled({ task, resampled, levels, horizonSteps }: Prepared): Promise<Answer> {
  const observed = resampled.series;
  const found = findSeasons({ ...observed, values: fillGaps(observed.values, undefined) });
  const history = { ...observed, values: fillGaps(observed.values, found[0]) };
  const names = task.models === 'auto' ? autoModels : [...new Set(task.models)];
  const slow = names.some((name) => slowModels.includes(name));
  const plan = planFolds(history, { horizonSteps, seasons: found, maxFolds: slow ? maxFoldsSlow : maxFolds });
  const context = { seasons: seasonsFor(task, found, history), horizonSteps, seed: task.seed };
  const runs: MemberRun[] = [];
  for (const name of names) {
    runs.push(await backtestMember(forecasterOf(name), history, plan, context));
  }
  if (runs.every(({ excluded }) => excluded !== undefined)) {
    // One odd series of a job must not stay without a forecast: the last value stands in, and a note says so.
    runs.push(await backtestMember(forecasterOf('naive'), history, plan, context));
  }
  const blend = blendMembers({ runs, plan, history, observed, levels, context, range: task.range });
  const future = await futureLine(blend, history, context);
  const change = findLateChange(history.values, context.seasons);
  const table = backtestTable({ runs, blend, plan, history, observed, levels, context });
  return {
    state: 'modelled',
    notes: [
      ...seasonNotes(found),
      ...historyNotes(plan, horizonSteps),
      ...changeNotes(change, history),
      ...table.notes,
      ...failureNotes(task, runs),
    ],
    heldOut: joinBands(blend.heldOutBands),
    forecast: holdBothLevels(blend.bandAfterEnd(future), change, task.range),
    backtest: table.backtest,
    model: table.backtest.selected,
  };
}

/** The seasons that were found; when models were named and none was found, the day, since the caller knows better. */
function seasonsFor(task: ForecastTask, found: readonly number[], history: RegularSeries): readonly number[] {
  const day = stepsOf(dayMs, history.stepMs);
  const assumed = task.models !== 'auto' && found.length === 0 && day !== undefined && history.values.length >= 4 * day;
  return assumed ? [day] : found;
}

/** The blend fitted on all of the history; a model that fails only now leaves its weight to the others. */
async function futureLine(blend: Blend, history: RegularSeries, context: FitContext): Promise<Float64Array> {
  const lines: Float64Array[] = [];
  const weights: number[] = [];
  let reason: unknown;
  for (const { model, weight } of blend.weights) {
    try {
      lines.push(await fitChecked(forecasterOf(model), history, context));
      weights.push(weight);
    } catch (error) {
      reason = error;
    }
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum === 0) {
    throw new AppError('fit_failed', 'Every model that did well in the back-test failed on the whole history.', {
      cause: reason,
    });
  }
  return blendLines(
    lines,
    weights.map((weight) => weight / sum)
  );
}

function scoreOfNow(history: RegularSeries, heldOut: BandArrays | undefined, task: ForecastTask): number | undefined {
  if (heldOut === undefined) {
    return undefined;
  }
  const last = { ...history, startMs: lastMs(history), values: history.values.slice(-1) };
  const score = scoreSeries(last, heldOut, task.direction)[0] ?? NaN;
  return Number.isNaN(score) ? undefined : score;
}

function seasonNotes(seasons: readonly number[]): Note[] {
  const text = 'No daily or weekly cycle was found; the forecast rests on the level and its recent movement.';
  return seasons.length > 0 ? [] : [{ code: 'no-season', severity: 'info', text }];
}

function historyNotes(plan: FoldPlan, horizonSteps: number): Note[] {
  if (plan.foldSteps >= horizonSteps && plan.origins.length >= 3) {
    return [];
  }
  const text = `The history allows only ${plan.origins.length} back-test folds of ${plan.foldSteps} steps, for a horizon of ${horizonSteps}: the band is a rough one. Read a longer history.`;
  const facts = { folds: plan.origins.length, foldSteps: plan.foldSteps, horizonSteps };
  return [{ code: 'short-history', severity: 'warning', text, facts }];
}

function changeNotes(late: LateChange | undefined, { stepMs }: RegularSeries): Note[] {
  if (late === undefined) {
    return [];
  }
  const { levelNow, levelBefore, lastedSteps } = late;
  const minutes = Math.round((lastedSteps * stepMs) / 60_000);
  const change = Number((levelNow - levelBefore).toPrecision(3));
  const text = `The level moved by ${change} within the last ${minutes} minutes, further than ever before in this history. Nobody can tell yet whether it stays, so the band holds both levels.`;
  return [{ code: 'level-shift', severity: 'warning', text, facts: { change, minutes } }];
}

/** A model that was named by the user and could not take part; in `auto` the back-test table tells it. */
function failureNotes(task: ForecastTask, runs: readonly MemberRun[]): Note[] {
  return runs.flatMap(({ model, excluded }) =>
    excluded === undefined || task.models === 'auto'
      ? []
      : [
          {
            code: 'model-failed',
            severity: 'warning',
            text: `${model} did not take part: ${excluded}.`,
            facts: { model, reason: excluded },
          } as const,
        ]
  );
}
