import { z } from 'zod';
import { parseCsv, readData, readTable } from '../../data.ts';
import { check, type Check, type Row } from '../../report.ts';
import type { NabStream } from './corpus.ts';
import type { NamedProfile, ProfileName } from './profiles.ts';
import { bestThreshold, changesOf, normalised, rawScoreAt, type Change } from './scorer.ts';

const Scores = z.object({ standard: z.number(), reward_low_FP_rate: z.number(), reward_low_FN_rate: z.number() });
type Scores = z.infer<typeof Scores>;

/** Detectors of the results file by their names in its tables. */
const detectors: Readonly<Record<string, string>> = {
  ARTime: 'ARTime',
  numenta: 'Numenta HTM',
  contextOSE: 'CAD OSE',
  htmjava: 'HTM Java',
  numentaTM: 'Numenta TM',
  earthgeckoSkyline: 'earthgecko Skyline',
  knncad: 'KNN CAD',
  relativeEntropy: 'Relative Entropy',
  randomCutForest: 'Random Cut Forest',
  twitterADVec: 'Twitter ADVec',
  windowedGaussian: 'Windowed Gaussian',
  skyline: 'Etsy Skyline',
  expose: 'EXPoSE',
};
/** Not in the results file: from the benchmark's own table, which cuts after one digit, so that it is no check row. */
const bayesScores: Scores = { standard: 17.7, reward_low_FP_rate: 3.2, reward_low_FN_rate: 32.2 };
/** Detectors whose score of each row is at hand. */
const fixtures = ['relativeEntropy', 'skyline', 'twitterADVec'];

export function readPublished(dataDir: string): ReadonlyMap<string, Scores> {
  const all = z.record(z.string(), Scores).parse(JSON.parse(readData(dataDir, 'nab/published/final_results.json')));
  return new Map(
    Object.entries(detectors).map(([key, name]) => {
      const scores = all[key];
      if (scores === undefined) {
        throw new Error(`nab/published/final_results.json has no entry "${key}". Fetch the file of NAB v1.1 anew.`);
      }
      return [name, scores];
    })
  );
}

/** What others published: they are not run here. */
export function publishedRows(dataDir: string, profiles: readonly NamedProfile[], table: string): Row[] {
  return [...readPublished(dataDir), ['Bayesian changepoint', bayesScores] as const].flatMap(([name, scores]) =>
    profiles.map(({ key, label }) => ({ name, measure: label, value: scores[key], source: 'quoted', table }))
  );
}

/**
 * Windows, weights, thresholds and sums must be those that published scores were made with: the detector that never fires,
 * the perfect one, three from the score of each row, the others from their raw score of each file.
 */
export function nabChecks(dataDir: string, streams: readonly NabStream[], profiles: readonly NamedProfile[]): Check[] {
  const windows = windowsOf(streams);
  const published = readPublished(dataDir);
  const files = publishedFiles(dataDir);
  const best = (name: string, expected: (key: ProfileName) => number, changes: readonly Change[]) =>
    profiles.map((profile) => {
      const got = normalised(bestThreshold(changes, windows, profile).raw, windows, profile);
      return check(`${name}, ${profile.label}`, expected(profile.key), got, publishedDigits);
    });
  const judged = (scoresOf: (stream: NabStream) => ArrayLike<number>) =>
    streams.flatMap((stream) => changesOf(stream, scoresOf(stream)));
  return [
    check('files', 58, streams.length, 0),
    check('windows', 116, windows, 0),
    ...best(
      'never fires',
      () => 0,
      judged(({ rows }) => new Float64Array(rows))
    ),
    ...best('fires at the first row of each window', () => 100, judged(perfectScores)),
    ...fixtures.flatMap((key) => {
      const name = detectors[key] ?? key;
      const rowScores = readFixture(dataDir, key);
      const scoresOf = (stream: NabStream) => fixtureScores(stream, rowScores.get(stream.file));
      return [
        ...best(`${name} from its rows`, (profile) => rounded(published.get(name)?.[profile]), judged(scoresOf)),
        furthest(`${name}, furthest raw score from the published one of a file`, {
          key,
          files,
          streams,
          profiles,
          scoresOf,
        }),
      ];
    }),
    ...Object.entries(detectors).flatMap(([key, name]) =>
      profiles.map((profile) => {
        const raw = (files.get(fileKey(key, profile.key)) ?? []).reduce((sum, row) => sum + row.raw, 0);
        const expected = rounded(published.get(name)?.[profile.key]);
        return check(
          `${name} from its files, ${profile.label}`,
          expected,
          normalised(raw, windows, profile),
          publishedDigits
        );
      })
    ),
  ];
}

const publishedDigits = 4;
const rounded = (value = NaN) => Number(value.toFixed(publishedDigits));

function windowsOf(streams: readonly NabStream[]): number {
  return streams.reduce((sum, stream) => sum + stream.windows.length, 0);
}

function perfectScores({ rows, windows }: NabStream): Float64Array {
  const scores = new Float64Array(rows);
  windows.forEach(({ from }) => {
    scores[from] = 1;
  });
  return scores;
}

/** Score of each row that is not 0, by file. */
function readFixture(dataDir: string, detector: string): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const [, ...rows] = parseCsv(readData(dataDir, `nab/fixtures/${detector}-nonzero-scores.csv.gz`));
  const byFile = new Map<string, Map<number, number>>();
  rows.forEach(([file = '', row = '', score = '']) => {
    const scores = byFile.get(file) ?? new Map<number, number>();
    byFile.set(file, scores.set(Number(row), Number(score)));
  });
  return byFile;
}

function fixtureScores({ rows }: NabStream, nonzero: ReadonlyMap<number, number> | undefined): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => nonzero?.get(row) ?? 0);
}

interface PublishedFile {
  readonly file: string;
  readonly threshold: number;
  readonly raw: number;
}

const fileKey = (detector: string, profile: string) => `${detector}/${profile}`;

/** Threshold and raw score of each file, by detector and profile. */
function publishedFiles(dataDir: string): ReadonlyMap<string, PublishedFile[]> {
  const rows = readTable(dataDir, 'nab/published/per-file-scores.csv.gz');
  return Map.groupBy(
    rows.map((row) => ({
      key: fileKey(row['Detector'] ?? '', row['Profile'] ?? ''),
      file: row['File'] ?? '',
      threshold: Number(row['Threshold']),
      raw: Number(row['Score']),
    })),
    ({ key }) => key
  );
}

interface Compared {
  readonly key: string;
  readonly files: ReadonlyMap<string, PublishedFile[]>;
  readonly streams: readonly NabStream[];
  readonly profiles: readonly NamedProfile[];
  readonly scoresOf: (stream: NabStream) => ArrayLike<number>;
}

/** Every file alone at the threshold that was published: sums could agree by chance, these do not. */
function furthest(name: string, { key, files, streams, profiles, scoresOf }: Compared): Check {
  const distances = streams.flatMap((stream) => {
    const changes = changesOf(stream, scoresOf(stream));
    return profiles.map((profile) => {
      const theirs = files.get(fileKey(key, profile.key))?.find(({ file }) => file === stream.file);
      const raw = rawScoreAt(theirs?.threshold ?? NaN, changes, stream.windows.length, profile);
      return Math.abs(raw - (theirs?.raw ?? NaN));
    });
  });
  return check(name, 0, Math.max(...distances), 6);
}
