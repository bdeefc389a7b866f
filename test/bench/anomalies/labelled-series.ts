import { hasData, parseCsv, readData, readTable } from '../data.ts';
import { check, type Check } from '../report.ts';
import { labelledRuns } from './vus-pr.ts';

export interface LabelledSeries {
  /** Tells the series apart in all suites. */
  readonly id: string;
  /** Series of one group are averaged together. */
  readonly group: string;
  /** NaN where a value is missing. */
  readonly values: Float64Array;
  /** 1 inside of an anomaly. */
  readonly labels: Uint8Array;
  /** Instant of the first value; the epoch when the set has no instants. */
  readonly startMs: number;
  readonly stepMs: number;
  /** So many values at the start are known beforehand and not judged. */
  readonly history: number;
  /** Window of VUS-PR where the set prescribes it. */
  readonly window: number | undefined;
}

type IndexRow = Readonly<Record<string, string>>;

const minuteMs = 60_000;
const hasLabels = ({ labels, history }: LabelledSeries) => labels.subarray(history).includes(1);

/** The series of TSB-AD-U that came from operations, in groups by origin. They have no instants. */
export function readTsbAd(dataDir: string): LabelledSeries[] {
  return presentRows(dataDir, 'tsb-ad', tsbAdFile).map((row) => {
    const group = row['group'] ?? '';
    return {
      ...readLabelled(dataDir, tsbAdFile(row)),
      group,
      stepMs: group === 'NAB' || group === 'IOPS' ? 5 * minuteMs : minuteMs,
      window: Number(row['vus_window']),
    };
  });
}

/** Web services at one minute: second halves with the first as history, and those first halves that are labelled. */
export function readWsd(dataDir: string): LabelledSeries[] {
  const halves = readHalves(dataDir, 'wsd', (row) => row['series'] ?? '');
  return halves.map((half) => ({ ...half, group: half.part === 'test' ? 'second halves' : 'first halves' }));
}

/** Halves of the AIOps challenge whose series are also part of TSB-AD. */
const heldOutKpis = ['c02607e8.train', 'e0747cad.test', '0efb375b.test'];

/** Indicators of web companies at 1 and 5 minutes, second halves with the first as history. */
export function readKpi(dataDir: string): LabelledSeries[] {
  const halves = readHalves(dataDir, 'kpi-aiops2018', (row) => row['kpi'] ?? '');
  const isHeldOut = ({ name, part }: Half) => heldOutKpis.includes(`${name.slice(0, 8)}.${part}`);
  return halves.map((half) => ({ ...half, group: isHeldOut(half) ? 'held-out halves' : 'other halves' }));
}

const fewestRows = 300;

/** Cloud metrics at one minute and one hour: whole series, their second halves with the first as history, and first halves. */
export function readCloud(dataDir: string): LabelledSeries[] {
  const whole = presentRows(dataDir, 'cloud-monitoring', cloudFile).map((row) => ({
    ...readLabelled(dataDir, cloudFile(row)),
    group: 'whole series',
    stepMs: Number(row['step_s']) * 1000,
  }));
  const long = whole.filter(({ values }) => values.length >= fewestRows);
  return [...long, ...long.map(secondHalf), ...long.map(firstHalf)];
}

function secondHalf(series: LabelledSeries): LabelledSeries {
  const history = Math.floor(series.values.length / 2);
  return { ...series, id: `${series.id}#2`, group: 'second halves', history };
}

function firstHalf(series: LabelledSeries): LabelledSeries {
  const end = Math.floor(series.values.length / 2);
  return {
    ...series,
    id: `${series.id}#1`,
    group: 'first halves',
    values: series.values.slice(0, end),
    labels: series.labels.slice(0, end),
  };
}

/** Whether the files that are present hold the labels that the index of their set lists. */
export function labelChecks(dataDir: string): Check[] {
  const sets: ReadonlyArray<readonly [string, (row: IndexRow) => string]> = [
    ['tsb-ad', tsbAdFile],
    ['wsd', (row) => halfFile('wsd', row['series'] ?? '', row['part'] ?? '')],
    ['cloud-monitoring', cloudFile],
    ['kpi-aiops2018', (row) => halfFile('kpi-aiops2018', row['kpi'] ?? '', row['part'] ?? '')],
  ];
  return sets.flatMap(([set, fileOf]) => {
    const rows = presentRows(dataDir, set, fileOf);
    const labels = rows.map((row) => readLabelled(dataDir, fileOf(row)).labels);
    const listed = (column: string) => rows.reduce((sum, row) => sum + Number(row[column]), 0);
    const points = labels.reduce((sum, each) => sum + each.reduce((count, label) => count + label, 0), 0);
    const events = labels.reduce((sum, each) => sum + labelledRuns(each).length, 0);
    return [
      check(`${set}: labelled points of ${rows.length} files`, listed('anomaly_points'), points, 0),
      check(`${set}: labelled events`, listed('anomaly_events'), events, 0),
    ];
  });
}

const tsbAdFile = (row: IndexRow) => `tsb-ad/series/${row['file']}.gz`;
const cloudFile = (row: IndexRow) => `cloud-monitoring/${row['file']}.gz`;
const halfFile = (set: string, name: string, part: string) => `${set}/${name}.${part}.csv.gz`;

/** Rows of the index of a set whose file is there; all of them when none is, so that reading tells what is missing. */
function presentRows(dataDir: string, set: string, fileOf: (row: IndexRow) => string): IndexRow[] {
  const rows = readTable(dataDir, `${set}/index.csv`);
  const present = rows.filter((row) => hasData(dataDir, fileOf(row)));
  return present.length > 0 ? present : rows;
}

interface Half extends LabelledSeries {
  readonly name: string;
  readonly part: string;
}

/** Halves that are labelled; a second half has the first as its history when that is there. */
function readHalves(dataDir: string, set: string, nameOf: (row: IndexRow) => string): Half[] {
  const rows = presentRows(dataDir, set, (row) => halfFile(set, nameOf(row), row['part'] ?? ''));
  const halves = rows.map((row): Half => {
    const name = nameOf(row);
    const part = row['part'] ?? '';
    const series = readLabelled(dataDir, halfFile(set, name, part));
    return {
      ...series,
      name,
      part,
      startMs: 1000 * Number(row['first_timestamp']),
      stepMs: 1000 * Number(row['step_s']),
    };
  });
  const firsts = new Map(halves.filter(({ part }) => part === 'train').map((half) => [half.name, half]));
  return halves.map((half) => (half.part === 'test' ? following(firsts.get(half.name), half) : half)).filter(hasLabels);
}

function following(first: Half | undefined, second: Half): Half {
  if (first === undefined) {
    return second;
  }
  return {
    ...second,
    values: Float64Array.from([...first.values, ...second.values]),
    labels: Uint8Array.from([...first.labels, ...second.labels]),
    startMs: first.startMs,
    history: first.values.length,
  };
}

/** A file of which the last two columns are value and label; a cell that is no number is a missing value. */
function readLabelled(dataDir: string, file: string): LabelledSeries {
  const [, ...rows] = parseCsv(readData(dataDir, file));
  const value = (cell = '') => (cell.trim() === '' ? NaN : Number(cell));
  return {
    id: file,
    group: '',
    values: Float64Array.from(rows, (row) => value(row.at(-2))),
    labels: Uint8Array.from(rows, (row) => (Number(row.at(-1)) === 1 ? 1 : 0)),
    startMs: 0,
    stepMs: minuteMs,
    history: 0,
    window: undefined,
  };
}
