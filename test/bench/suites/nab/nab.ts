import { judge, type Row, type Target } from '../../report.ts';
import { bootstrap } from '../../statistics.ts';
import type { BenchContext, Suite } from '../../suite.ts';
import { readNab, type NabStream } from './corpus.ts';
import { alertStarts, scoreStream, type StreamScores } from './detector.ts';
import { readProfiles, type NamedProfile, type ProfileName } from './profiles.ts';
import { nabChecks, publishedRows } from './published.ts';
import { bestThreshold, changesOf, normalised, rawScoreAt, type Change } from './scorer.ts';

const fittedTable = 'NAB score, one threshold fitted on the labels';
const frozenTable = 'NAB score, threshold of one alert a week from the probation of each file';
const sources = ['backend/src/detection', 'backend/src/timeseries', 'test/bench/suites/nab'];

/** The Numenta anomaly benchmark: 58 streams of which 116 windows are to be found early. */
export const nabSuite: Suite = {
  view: 'causal',
  checks: ({ dataDir }) => Promise.resolve(nabChecks(dataDir, readNab(dataDir), readProfiles(dataDir))),
  measure: async (context) => {
    const streams = readNab(context.dataDir).slice(0, context.series);
    const profiles = readProfiles(context.dataDir);
    const scores = await scoresOf(context, streams);
    const fitted = fittedRows(
      judgedBy(streams, (i) => scores[i]!.evidence),
      profiles,
      context.seed
    );
    const fire = (rowsOf: (firing: readonly number[]) => readonly number[]) =>
      judgedBy(streams, (i) => firesAt(streams[i]!.rows, rowsOf(scores[i]!.firing)));
    const rows: Row[] = [
      ...fitted,
      ...publishedRows(context.dataDir, profiles, fittedTable),
      ...frozenRows(
        'each firing row',
        fire((firing) => firing),
        profiles,
        context.seed
      ),
      ...frozenRows('first row of each alert', fire(alertStarts), profiles, context.seed),
      costRow(streams, scores),
    ];
    return { rows, targets: targetsOf(fitted, profiles) };
  },
};

async function scoresOf(context: BenchContext, streams: readonly NabStream[]): Promise<StreamScores[]> {
  const cache = context.openCache('nab', sources);
  const progress = context.track('scores', streams.length);
  const scores: StreamScores[] = [];
  for (const stream of streams) {
    scores.push(await cache.unit(stream.file, () => Promise.resolve(scoreStream(stream))));
    progress.tick();
  }
  return scores;
}

interface JudgedStream {
  readonly windows: number;
  readonly changes: readonly Change[];
}

function judgedBy(streams: readonly NabStream[], scoresAt: (index: number) => ArrayLike<number>): JudgedStream[] {
  return streams.map((stream, i) => ({ windows: stream.windows.length, changes: changesOf(stream, scoresAt(i)) }));
}

function firesAt(rows: number, firing: readonly number[]): Float64Array {
  const scores = new Float64Array(rows);
  firing.forEach((row) => {
    scores[row] = 1;
  });
  return scores;
}

function fittedRows(judged: readonly JudgedStream[], profiles: readonly NamedProfile[], seed: number): Row[] {
  const changes = judged.flatMap((stream) => stream.changes);
  const windows = sum(judged.map((stream) => stream.windows));
  const candidates = spreadThresholds(changes);
  return profiles.map((profile): Row => {
    const { threshold, raw } = bestThreshold(changes, windows, profile);
    const bars = errorBars(judged, profile, [...candidates, threshold], seed);
    return {
      name: 'ours',
      measure: profile.label,
      value: normalised(raw, windows, profile),
      ...bars,
      table: fittedTable,
    };
  });
}

function frozenRows(
  name: string,
  judged: readonly JudgedStream[],
  profiles: readonly NamedProfile[],
  seed: number
): Row[] {
  const windows = sum(judged.map((stream) => stream.windows));
  return profiles.map((profile): Row => {
    const raw = sum(judged.map((stream) => rawScoreAt(1, stream.changes, stream.windows, profile)));
    const bars = errorBars(judged, profile, [1], seed);
    return { name, measure: profile.label, value: normalised(raw, windows, profile), ...bars, table: frozenTable };
  });
}

const candidateCount = 300;

/** Thresholds at ranks that grow by a factor: few rows of a good detector fire, so most candidates are high. */
function spreadThresholds(changes: readonly Change[]): number[] {
  const descending = Float64Array.from(changes, ({ score }) => score)
    .sort()
    .reverse();
  const thresholds = Array.from(
    { length: candidateCount },
    (_, k) => descending[Math.floor(descending.length ** (k / (candidateCount - 1))) - 1] ?? Infinity
  );
  return [Infinity, ...new Set(thresholds)];
}

/** Files are drawn anew, and the threshold is then again the best of the candidates. */
function errorBars(
  judged: readonly JudgedStream[],
  profile: NamedProfile,
  candidates: readonly number[],
  seed: number
) {
  const raws = judged.map(({ changes, windows }) =>
    candidates.map((threshold) => rawScoreAt(threshold, changes, windows, profile))
  );
  const redrawn = (indices: readonly number[]) => {
    const totals = candidates.map((_, k) => sum(indices.map((i) => raws[i]![k]!)));
    return normalised(Math.max(...totals), sum(indices.map((i) => judged[i]!.windows)), profile);
  };
  return bootstrap(judged.length, redrawn, seed);
}

function costRow(streams: readonly NabStream[], scores: readonly StreamScores[]): Row {
  const seconds = sum(scores.map(({ cpuSeconds }) => cpuSeconds));
  const rows = sum(streams.map((stream) => stream.rows));
  return { name: 'ours', measure: 'CPU seconds for 10,000 rows', value: (seconds / rows) * 10_000 };
}

/** Floors are the scores of earthgecko Skyline, goals those of HTM Java, stretches those of Numenta HTM. */
const marks: Readonly<Record<ProfileName, readonly [floor: number, goal: number, stretch: number]>> = {
  standard: [58.2, 65.5, 70],
  reward_low_FP_rate: [46.2, 53.3, 63.1],
  reward_low_FN_rate: [63.9, 70.4, 74.3],
};

function targetsOf(fitted: readonly Row[], profiles: readonly NamedProfile[]): Target[] {
  return profiles.map(({ key, label }) => {
    const [floor, goal, stretch] = marks[key];
    const value = fitted.find(({ measure }) => measure === label)?.value ?? NaN;
    return judge({ name: `NAB ${label}`, unit: '', better: 'higher', floor, goal, stretch }, value);
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
