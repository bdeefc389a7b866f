import type { Detector } from '../contract/detect.ts';
import type { JobSpec } from '../contract/job.ts';
import { nextFlat } from '../detection/kinds/flat.ts';
import type { Finding } from '../detection/kinds/finding.ts';
import { nextJoint, startJoint, type JointHistory, type JointState } from '../detection/kinds/joint.ts';
import { nextLevelShift, startLevelShift } from '../detection/kinds/level-shift.ts';
import { fewestPeers, nextOutlier, startOutlier, type OutlierState } from '../detection/kinds/outlier.ts';
import { groupByLabels } from '../detection/kinds/peer-groups.ts';
import { nextSilence, type SilenceState } from '../detection/kinds/silence.ts';
import type { Labels } from '../timeseries/series.ts';
import { keyOf, type AnomalyBook, type Subject } from './anomaly-book.ts';
import { nextStep, type Hysteresis } from './hysteresis.ts';
import type { LiveSeries } from './live-series.ts';
import type { Edges } from './served-edges.ts';
import type { JobRules } from './series-detectors.ts';

/** One series at one step. */
export interface SeriesStep {
  readonly series: LiveSeries;
  readonly timeMs: number;
  /** NaN where there is none. */
  readonly value: number;
  /** As trained, before adaptation. */
  readonly edges: Edges;
  /** False when nobody can tell whether there was a value. */
  readonly known: boolean;
  /** Another series with the same labels but for the ignored ones has come instead. */
  readonly replaced: boolean;
}

/** All series of a job at one step. */
export interface JobStep {
  readonly timeMs: number;
  readonly known: boolean;
  readonly values: ReadonlyArray<Omit<SeriesStep, 'timeMs' | 'known' | 'replaced'>>;
}

interface Group<T> {
  readonly subject: Subject;
  readonly members: readonly LiveSeries[];
  readonly state: T;
}

/** The kinds of detection beside the band that a job asks for. What is remembered of one series lies in its detectors. */
export class KindDetectors {
  readonly #spec: JobSpec;
  readonly #rules: JobRules;
  readonly #kinds: ReadonlySet<Detector['kind']>;
  readonly #counts: Map<string, Hysteresis>;
  #outliers: ReadonlyArray<Group<OutlierState>> = [];
  #joint: ReadonlyArray<Group<JointState>> = [];
  #groupedSeries = -1;
  #silence: SilenceState | undefined;

  constructor(spec: JobSpec, rules: JobRules, counts: Readonly<Record<string, Hysteresis>>) {
    this.#spec = spec;
    this.#rules = rules;
    this.#kinds = new Set(spec.detect.map(({ kind }) => kind));
    this.#counts = new Map(Object.entries(counts));
  }

  has(kind: Detector['kind']): boolean {
    return this.#kinds.has(kind);
  }

  /** Whether steps of one series, or of all together, have to be looked at. */
  get watchesSeries(): boolean {
    return this.has('level-shift') || this.has('flat') || this.has('silence');
  }

  get watchesGroups(): boolean {
    return this.has('outlier') || this.has('joint') || this.has('silence');
  }

  /** Counts of outliers and sets, for the store. */
  counts(): Readonly<Record<string, Hysteresis>> {
    return Object.fromEntries(this.#counts);
  }

  /** Learns how metrics move together. @param histories residuals of the past by series; one has to be there for each */
  learnJoint(series: readonly LiveSeries[], histories: ReadonlyMap<string, JointHistory>): void {
    this.#joint = this.#groupsOf('joint', series, 2).flatMap(({ subject, members }) => {
      const state = startJoint(members.flatMap(({ id }) => histories.get(id) ?? []));
      return state === undefined ? [] : [{ subject, members, state }];
    });
  }

  /** Level, flat line and silence of one series. @param book undefined while old values are only replayed */
  lookAtSeries(step: SeriesStep, book: AnomalyBook | undefined): void {
    const { series, timeMs, value, edges } = step;
    const { detectors } = series;
    const tell = (kind: Detector['kind'], finding: Finding | undefined) => {
      if (finding !== undefined) {
        book?.find(kind, series, finding, timeMs);
      }
    };
    if (this.has('level-shift')) {
      detectors.levelShift ??= startLevelShift(this.#rules.stepMs);
      tell('level-shift', nextLevelShift(detectors.levelShift, { timestampMs: timeMs, value, ...edges }).finding);
    }
    if (this.has('flat') && detectors.flat !== undefined) {
      tell('flat', nextFlat(detectors.flat, { timestampMs: timeMs, value }).finding);
    }
    if (this.has('silence') && detectors.silence !== undefined) {
      this.#lookAtPresence(step, detectors.silence, book);
    }
  }

  /** Outliers, sets of metrics, and the silence of the whole job. */
  lookAtJob(step: JobStep, book: AnomalyBook | undefined): void {
    if (this.has('outlier')) {
      this.#regroup(step);
      this.#outliers.forEach((group) => {
        this.#lookAtPeers(group, step, book);
      });
    }
    this.#joint.forEach((group) => {
      this.#lookAtSet(group, step, book);
    });
    if (this.has('silence')) {
      this.#lookAtAnswer(step, book);
    }
  }

  #lookAtPresence(step: SeriesStep, state: SilenceState, book: AnomalyBook | undefined): void {
    const { series, timeMs, value, known, replaced } = step;
    const present = !Number.isNaN(value);
    const { finding } = nextSilence(state, { timestampMs: timeMs, present, known, replaced });
    if (finding !== undefined) {
      book?.find('silence', series, finding, timeMs);
    } else if (present) {
      // what a restart has forgotten to have told
      book?.close('silence', series, { endMs: timeMs - this.#rules.stepMs, seenToMs: timeMs });
    }
  }

  #lookAtAnswer({ timeMs, known, values }: JobStep, book: AnomalyBook | undefined): void {
    const states = values.flatMap(({ series }) => series.detectors.silence ?? []);
    const bounds = states.flatMap(({ boundMs }) => boundMs ?? []);
    if (bounds.length === 0) {
      return;
    }
    this.#silence ??= {
      subject: 'job',
      stepMs: this.#rules.stepMs,
      boundMs: bounds.reduce((least, one) => Math.min(least, one)),
      goneAfterMs: states.reduce((most, one) => Math.max(most, one.goneAfterMs), 0),
      lastSeenMs: timeMs - this.#rules.stepMs,
      lastTickMs: null,
      unknownMs: 0,
      told: 'nothing',
    };
    const subject: Subject = { id: null, labels: { ...this.#spec.labels } };
    const present = values.some(({ value }) => !Number.isNaN(value));
    const { finding } = nextSilence(this.#silence, { timestampMs: timeMs, present, known });
    if (finding !== undefined) {
      book?.find('silence', subject, finding, timeMs);
    } else if (present) {
      book?.close('silence', subject, { endMs: timeMs - this.#rules.stepMs, seenToMs: timeMs });
    }
  }

  /** Peers are those there are: series that come and go change the groups, known ones keep what they remember. */
  #regroup({ values }: JobStep): void {
    if (values.length === this.#groupedSeries) {
      return;
    }
    this.#groupedSeries = values.length;
    const known = new Map(this.#outliers.map(({ subject, state }) => [keyOf('outlier', subject), state]));
    this.#outliers = this.#groupsOf(
      'outlier',
      values.map(({ series }) => series),
      fewestPeers
    ).map((group) => ({ ...group, state: known.get(keyOf('outlier', group.subject)) ?? startOutlier() }));
  }

  #groupsOf(kind: 'outlier' | 'joint', series: readonly LiveSeries[], fewest: number) {
    const among = this.#spec.detect.flatMap((one) => (one.kind === kind ? one.among : []));
    const groups = groupByLabels(
      series.map(({ labels }) => labels),
      among,
      fewest
    );
    return [...groups.values()].map((indices) => {
      const members = indices.flatMap((i) => series[i] ?? []);
      return { subject: { id: null, labels: common(members[0]?.labels ?? {}, among) }, members };
    });
  }

  #lookAtPeers({ members, state }: Group<OutlierState>, step: JobStep, book: AnomalyBook | undefined): void {
    const valueOf = (one: LiveSeries) => step.values[one.index]?.value ?? NaN;
    const { results } = nextOutlier(state, {
      timestampMs: step.timeMs,
      values: new Map(members.map((one) => [one.id, valueOf(one)])),
    });
    const byId = new Map(results.map((result) => [result.id, result]));
    const { atLeast } = this.#spec;
    for (const series of members) {
      const result = byId.get(series.id);
      const small = result !== undefined && result.distance < (atLeast?.absolute ?? 0);
      const score = result === undefined ? NaN : small ? Math.min(1, result.score) : result.score;
      this.#count('outlier', series, { timeMs: step.timeMs, score, finding: result?.finding }, book);
    }
  }

  #lookAtSet({ subject, members, state }: Group<JointState>, step: JobStep, book: AnomalyBook | undefined): void {
    const residuals = new Map(
      members.map((one) => {
        const at = step.values[one.index];
        return [one.id, at === undefined ? NaN : at.value - at.edges.expected];
      })
    );
    const { score = NaN, finding } = nextJoint(state, { timestampMs: step.timeMs, residuals });
    this.#count('joint', subject, { timeMs: step.timeMs, score, finding }, book);
  }

  /** Opens and closes by the job's counts what is judged anew at each step. */
  #count(
    kind: 'outlier' | 'joint',
    subject: Subject,
    seen: { readonly timeMs: number; readonly score: number; readonly finding: Finding | undefined },
    book: AnomalyBook | undefined
  ): void {
    if (book === undefined) {
      return;
    }
    const key = keyOf(kind, subject);
    const { timeMs, score, finding } = seen;
    const before = this.#counts.get(key);
    const { state, turn } = nextStep(before, { timeMs, score, threshold: 0 }, this.#rules.hysteresis);
    if (state === undefined) {
      this.#counts.delete(key);
    } else {
      this.#counts.set(key, state);
    }
    const told = finding ?? { direction: null, evidence: [] };
    const opening = { kind, subject: { id: subject.id, labels: subject.labels }, score, ...told };
    if (
      turn === 'opened' ||
      (turn === 'reopened' && !book.reopen(kind, subject, { timeMs, score, flaps: state?.flaps ?? 0 }))
    ) {
      book.open({ ...opening, startMs: state?.startMs ?? timeMs }, timeMs);
    } else if (turn === 'closed' || turn === 'gone') {
      book.close(kind, subject, { endMs: before?.lastOutsideMs ?? timeMs, seenToMs: timeMs });
    } else if (state?.phase === 'open' && finding !== undefined) {
      book.find(kind, subject, { ...finding, startMs: state.startMs }, timeMs);
    } else if (state === undefined && before !== undefined) {
      book.forget(kind, subject);
    }
  }
}

function common(labels: Labels, among: readonly string[]): Labels {
  return Object.fromEntries(among.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])));
}
