import { estimateCapacity } from '../../../../backend/src/capacity/estimate-capacity.ts';
import { check, judge, single, type Check, type Row, type Target } from '../../report.ts';
import { bootstrap, bootstrapMean, mean, quantile } from '../../statistics.ts';
import type { BenchContext, Suite } from '../../suite.ts';
import { linearEtaMs, newestPart } from './predict-linear.ts';
import { flatKinds, makeFlat, makeRamp, rampKinds, type Ramp } from './ramps.ts';
import { askTrace, readTraces, type TraceAnswer } from './traces.ts';

/** Seeds of this suite start here; constants were chosen on series of seeds from 900,000 to 941,000. */
const firstSeed = 5_000_000;
const seriesPerKind = 150;
/** How far ahead is looked, in lengths of what was seen: it must not tell the crossing. */
const horizonLengths = 4;

/** When made and real series cross a limit, against the straight line that alert rules use. */
export const capacitySuite: Suite = {
  view: 'causal',
  checks: () => Promise.resolve(closedForms()),
  measure: (context) => {
    const count = Math.min(seriesPerKind, context.series ?? seriesPerKind);
    const ramps = rampAnswers(context, count);
    const flats = flatAnswers(context, count);
    const traces = traceAnswers(context);
    const rows = [...rampRows(ramps, context.seed), ...flatRows(flats), ...traceRows(traces, context.seed)];
    return Promise.resolve({ rows, targets: targetsOf(ramps, flats, traces) });
  },
};

/** Series without noise, whose crossings are known exactly. */
function closedForms(): Check[] {
  const line = { startMs: 0, stepMs: 60_000, values: Float64Array.from({ length: 600 }, (_, i) => 10 + i / 20) };
  const minutes = (ms: number | null | undefined) => (ms ?? NaN) / 60_000;
  const options = { limit: 70, side: 'above', horizonMs: 3_600_000_000, seed: 1 } as const;
  const turned = { ...line, values: line.values.map((value) => 100 - value) };
  return [
    check('minute at which 10 + t/20 reaches 70, straight line', 1200, minutes(linearEtaMs(line, 70)), 0),
    check('the same, in hours, ours', 20, minutes(estimateCapacity(line, options).etaMs) / 60, 1),
    check(
      'the same turned round, in hours, ours',
      20,
      minutes(estimateCapacity(turned, { ...options, limit: 30, side: 'below' }).etaMs) / 60,
      1
    ),
  ];
}

interface RampAnswer {
  readonly kind: Ramp['kind'];
  readonly claimed: boolean;
  readonly inside: boolean;
  /** Distance of the ETA from the crossing, over the time that was left; for each who claims one. */
  readonly error: number | undefined;
  readonly lineError: number | undefined;
  readonly recentLineError: number | undefined;
}

const seedOf = ({ seed }: BenchContext, i: number) => firstSeed + seed * 10_000 + i;

function rampAnswers(context: BenchContext, count: number): RampAnswer[] {
  const progress = context.track('ramps', rampKinds.length * count);
  return rampKinds.flatMap((kind) =>
    Array.from({ length: count }, (_, i) => {
      const answer = answerRamp(makeRamp(kind, seedOf(context, i)), i + 1);
      progress.tick();
      return answer;
    })
  );
}

function answerRamp({ kind, seen, limit, crossedAtMs }: Ramp, seed: number): RampAnswer {
  const lengthMs = seen.values.length * seen.stepMs;
  const leftMs = crossedAtMs - (seen.startMs + lengthMs);
  const horizonMs = horizonLengths * lengthMs;
  const { etaMs, etaLowMs, etaHighMs } = estimateCapacity(seen, { limit, side: 'above', horizonMs, seed });
  const errorOf = (eta: number | null | undefined) =>
    eta === null || eta === undefined || eta > lengthMs + horizonMs ? undefined : Math.abs(eta - crossedAtMs) / leftMs;
  return {
    kind,
    claimed: etaMs !== null,
    inside: etaLowMs !== null && crossedAtMs >= etaLowMs && crossedAtMs <= (etaHighMs ?? Infinity),
    error: errorOf(etaMs),
    lineError: errorOf(linearEtaMs(seen, limit)),
    recentLineError: errorOf(linearEtaMs(newestPart(seen, 0.25), limit)),
  };
}

interface FlatAnswer {
  readonly kind: (typeof flatKinds)[number];
  readonly claimed: boolean;
  readonly lineClaimed: boolean;
}

function flatAnswers(context: BenchContext, count: number): FlatAnswer[] {
  const progress = context.track('series that never cross', flatKinds.length * count);
  return flatKinds.flatMap((kind) =>
    Array.from({ length: count }, (_, i) => {
      const { seen, limit } = makeFlat(kind, seedOf(context, i));
      const lengthMs = seen.values.length * seen.stepMs;
      const horizonMs = horizonLengths * lengthMs;
      const { etaMs } = estimateCapacity(seen, { limit, side: 'above', horizonMs, seed: i + 1 });
      const lineMs = linearEtaMs(newestPart(seen, 0.25), limit);
      progress.tick();
      return { kind, claimed: etaMs !== null, lineClaimed: lineMs !== undefined && lineMs <= lengthMs + horizonMs };
    })
  );
}

function traceAnswers(context: BenchContext): TraceAnswer[] {
  const traces = readTraces(context.dataDir).slice(0, context.series);
  const progress = context.track('traces', traces.length);
  return traces.flatMap(({ name, values }) => {
    const answers = askTrace(name, values, context.seed);
    progress.tick();
    return answers;
  });
}

const share = <T>(all: readonly T[], is: (one: T) => boolean) => all.filter(is).length / all.length;
const known = (values: ReadonlyArray<number | undefined>) => values.filter((value) => value !== undefined);
const claims = (ramps: readonly RampAnswer[]) => ramps.filter(({ claimed }) => claimed);
const coverage = (ramps: readonly RampAnswer[]) => share(claims(ramps), ({ inside }) => inside);
const medianError = (ramps: readonly RampAnswer[]) => quantile(known(ramps.map(({ error }) => error)), 0.5);

function rampRows(ramps: readonly RampAnswer[], seed: number): Row[] {
  const kinds = ['all', ...rampKinds] as const;
  return kinds.flatMap((kind) => {
    const own = kind === 'all' ? ramps : ramps.filter((one) => one.kind === kind);
    const interval = (statistic: (some: readonly RampAnswer[]) => number) =>
      bootstrap(own.length, (indices) => statistic(indices.map((i) => own[i]!)), seed);
    const line = (pick: (one: RampAnswer) => number | undefined) => quantile(known(own.map(pick)), 0.5);
    const [table, name] = ['ramps at half-time', kind];
    return [
      { name, measure: 'ETA claimed', value: share(own, ({ claimed }) => claimed), table },
      { name, measure: '80 % range covers', value: coverage(own), ...interval(coverage), table },
      { name, measure: 'median relative error', value: medianError(own), ...interval(medianError), table },
      { name, measure: 'same, line through all', value: line(({ lineError }) => lineError), table },
      {
        name,
        measure: 'same, line through the last quarter',
        value: line(({ recentLineError }) => recentLineError),
        table,
      },
    ];
  });
}

function flatRows(flats: readonly FlatAnswer[]): Row[] {
  return flatKinds.flatMap((kind) => {
    const own = flats.filter((one) => one.kind === kind);
    const [table, name] = ['false ETAs of series that never cross', kind];
    return [
      { name, measure: 'ours', value: share(own, ({ claimed }) => claimed), table },
      { name, measure: 'line through the last quarter', value: share(own, ({ lineClaimed }) => lineClaimed), table },
    ];
  });
}

const brier = (answers: readonly TraceAnswer[], pick: (one: TraceAnswer) => number) =>
  mean(answers.map((one) => (pick(one) - Number(one.crossed)) ** 2));

function traceRows(traces: readonly TraceAnswer[], seed: number): Row[] {
  const base = share(traces, ({ crossed }) => crossed);
  const judged = traces.filter(({ inside }) => inside !== undefined);
  const table = 'data-centre traces, two days ahead';
  const squared = traces.map((one) => (one.probability - Number(one.crossed)) ** 2);
  return [
    { name: 'ours', measure: 'Brier score', value: mean(squared), ...bootstrapMean(squared, seed), table },
    {
      name: 'line through the last day',
      measure: 'Brier score',
      value: brier(traces, ({ linear }) => Number(linear)),
      table,
    },
    { name: 'share that crosses, always', measure: 'Brier score', value: brier(traces, () => base), table },
    { name: 'questions', measure: 'traces', value: traces.length },
    { name: 'share that crosses', measure: 'traces', value: base },
    { name: 'mean probability said', measure: 'traces', value: mean(traces.map(({ probability }) => probability)) },
    { name: 'ranges that end within two days', measure: 'traces', value: judged.length },
    ...(judged.length === 0
      ? []
      : [
          {
            name: 'of these cover the crossing',
            measure: 'traces',
            value: share(judged, ({ inside }) => inside === true),
          },
        ]),
  ];
}

function targetsOf(ramps: RampAnswer[], flats: FlatAnswer[], traces: TraceAnswer[]): Target[] {
  const line = brier(traces, ({ linear }) => Number(linear));
  const growing = flats.filter(({ kind }) => kind !== 'falling');
  return [
    judge(
      single('coverage of the 80 % range of ramps, distance from 80 %', '', 'lower', 0.05),
      Math.abs(coverage(ramps) - 0.8)
    ),
    judge(single('median relative error of the ETA at half-time', '', 'lower', 0.15), medianError(ramps)),
    judge(
      { name: 'false ETAs of flat series', unit: 'share', better: 'lower', floor: 0.05, goal: 0.01, stretch: 0 },
      share(growing, ({ claimed }) => claimed)
    ),
    judge(
      single('Brier score on traces against the straight line', 'ratio', 'lower', 1),
      brier(traces, (one) => one.probability) / line
    ),
  ];
}
