import { median } from '../../timeseries/quantiles.ts';
import { peerBand, type PeerBand } from './augurs.ts';
import { boundedScore, figure, type Finding } from './finding.ts';

/** With two, nobody can say which of them is odd. */
export const fewestPeers = 3;
/** Steps by which the spread of the group is judged. */
const windowSteps = 30;
const fewestSteps = 10;
/**
 * Of 20 peers with normal noise these let fewer than 1 of 1000 values outside, and find 9 of 10 values that are six standard
 * deviations away, the odd series being in the window itself (at 0.5 DBSCAN found 3 of 100).
 */
const sensitivity = { dbscan: 0.8, mad: 0.4 };
/** Few peers know less about their spread: the band of n gets wider by this over n − 1. */
const fewPeersShare = 4;
/** Below this MAD is the spread of hardly anything. */
const fewestForMad = 5;
const sameRatio = 1e-9;

/** The recent values of a group of series; plain, so that it can be stored. */
export interface OutlierState {
  /** By the id of the series: its values at the last steps, newest last; null marks a gap. */
  recent: Record<string, Array<number | null>>;
  /** Since when each series that is out of the group now has been so. */
  outsideSinceMs: Record<string, number>;
  lastMs: number | null;
}

export interface PeerSample {
  readonly timestampMs: number;
  /** Value of each series of the group by its id; one that is left out or NaN has none at this step. */
  readonly values: ReadonlyMap<string, number>;
}

/** How one series stands to its peers at a step. */
export interface PeerResult {
  readonly id: string;
  /** 0 in the middle of the peers' band, 1 at its edge. */
  readonly score: number;
  /** Distance to the edge of the band in the unit of the series; 0 inside. */
  readonly distance: number;
  readonly band: PeerBand;
  /** Open at each step outside; how many of them make an anomaly is for the job's m of n. */
  readonly finding: Finding | undefined;
}

export function startOutlier(): OutlierState {
  return { recent: {}, outsideSinceMs: {}, lastMs: null };
}

/**
 * Takes in one step of a whole group; changes the state in place. The band is the hull of what DBSCAN and MAD take as the
 * group over the last half hour of steps, so that a series is odd only where both say so.
 * @returns one result for each series that has a value; none while fewer than three have, or too little was seen
 * @see Ester et al. (1996), KDD: DBSCAN; Iglewicz & Hoaglin (1993) for the MAD rule
 */
export function nextOutlier(state: OutlierState, sample: PeerSample): { readonly results: readonly PeerResult[] } {
  if (state.lastMs !== null && sample.timestampMs <= state.lastMs) {
    return { results: [] };
  }
  state.lastMs = sample.timestampMs;
  remember(state, sample.values);
  const present = Object.keys(state.recent).filter((id) => Number.isFinite(sample.values.get(id) ?? NaN));
  const band = present.length < fewestPeers ? undefined : bandOf(state, present);
  if (band === undefined) {
    state.outsideSinceMs = {};
    return { results: [] };
  }
  for (const id of Object.keys(state.outsideSinceMs).filter((outside) => !present.includes(outside))) {
    state.outsideSinceMs = withoutKey(state.outsideSinceMs, id);
  }
  return { results: present.map((id) => resultOf(state, sample, id, band)) };
}

/** A series that had no value in the whole window is forgotten; one that is new starts with gaps. */
function remember(state: OutlierState, values: ReadonlyMap<string, number>): void {
  const length = Math.max(0, ...Object.values(state.recent).map((row) => row.length));
  for (const id of values.keys()) {
    state.recent[id] ??= new Array<null>(length).fill(null);
  }
  for (const [id, row] of Object.entries(state.recent)) {
    const value = values.get(id) ?? NaN;
    row.push(Number.isFinite(value) ? value : null);
    if (row.length > windowSteps) {
      row.shift();
    }
  }
  state.recent = Object.fromEntries(Object.entries(state.recent).filter(([, row]) => row.some((one) => one !== null)));
}

/** Hull of the bands of both methods; DBSCAN's own for few peers or where the spread is 0, none where it sees no cluster. */
function bandOf(state: OutlierState, present: readonly string[]): PeerBand | undefined {
  const rows = present.map((id) => Float64Array.from(state.recent[id] ?? [], (value) => value ?? NaN));
  const steps = rows[0]?.length ?? 0;
  if (steps < fewestSteps) {
    return undefined;
  }
  // What all do alike is taken off, and one unit for all: the library's tolerance for equal values is not free of either.
  const centres = Float64Array.from({ length: steps }, (_, step) => median(rows.map((row) => row[step] ?? NaN)));
  const apart = rows.map((row) => row.map((value, step) => value - (centres[step] ?? NaN)));
  const unit = median(apart.flatMap((row) => [...row].map(Math.abs)).filter((size) => size > 0));
  const centre = centres.at(-1) ?? NaN;
  // sums of floats in another order differ as much: peers that are the same but for that have no spread to judge by
  if (!(unit > sameRatio * Math.abs(centre))) {
    return undefined;
  }
  const scaled = apart.map((row) => row.map((value) => value / unit));
  const cluster = peerBand('dbscan', scaled, sensitivity.dbscan);
  const spread = scaled.length < fewestForMad ? undefined : peerBand('mad', scaled, sensitivity.mad);
  if (cluster === undefined) {
    return undefined;
  }
  const wider = 1 + fewPeersShare / (present.length - 1);
  const low = Math.min(cluster.min, spread?.min ?? cluster.min);
  const high = Math.max(cluster.max, spread?.max ?? cluster.max);
  const [middle, half] = [(low + high) / 2, (wider * (high - low)) / 2];
  const band = { min: centre + unit * (middle - half), max: centre + unit * (middle + half) };
  return Number.isFinite(band.max - band.min) ? band : undefined;
}

function resultOf(state: OutlierState, sample: PeerSample, id: string, band: PeerBand): PeerResult {
  const value = sample.values.get(id) ?? NaN;
  const distance = Math.max(0, value - band.max, band.min - value);
  const half = (band.max - band.min) / 2;
  const score = boundedScore(Math.abs(value - (band.min + half)) / half);
  if (distance === 0) {
    state.outsideSinceMs = withoutKey(state.outsideSinceMs, id);
    return { id, score: Math.min(1, score), distance, band, finding: undefined };
  }
  state.outsideSinceMs[id] ??= sample.timestampMs;
  const above = value > band.max;
  const edge = above ? band.max : band.min;
  const text =
    `${figure(value)} is ${figure(distance)} ${above ? 'above' : 'below'} the band of its ` +
    `${Object.keys(state.recent).length - 1} peers, ${figure(band.min)} to ${figure(band.max)}.`;
  const facts = { value, distance, edge, peersMin: band.min, peersMax: band.max };
  const finding: Finding = {
    phase: 'open',
    startMs: state.outsideSinceMs[id],
    direction: above ? 'above' : 'below',
    score: Math.max(1, score),
    evidence: [{ code: 'outlier', text, facts }],
  };
  return { id, score: Math.max(1, score), distance, band, finding };
}

function withoutKey<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
