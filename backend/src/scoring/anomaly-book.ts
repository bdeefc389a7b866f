import type { ScoredAnomaly } from '../anomalies/anomaly-columns.ts';
import type { Evidence } from '../contract/anomaly.ts';
import type { DetectionKind } from '../contract/detect.ts';
import type { Finding } from '../detection/kinds/finding.ts';
import type { Labels } from '../timeseries/series.ts';

/** What an anomaly is about: a series, or (without an id) a set of them. */
export interface Subject {
  readonly id: string | null;
  readonly labels: Labels;
}

/** The most abnormal value of an anomaly. */
export interface Peak {
  readonly score: number;
  readonly timeMs: number;
  readonly value: number;
  readonly expected: number;
}

/** An anomaly that scoring works on. */
export interface Draft {
  anomaly: ScoredAnomaly;
  /** Whether it was saved as open, so that receivers may know of it. */
  told: boolean;
  /** What to tell about it at the next commit. */
  change: 'none' | 'opened' | 'seen' | 'updated' | 'closed';
}

export interface Opening {
  readonly kind: DetectionKind;
  readonly subject: Subject;
  readonly startMs: number;
  readonly score: number;
  readonly direction: 'above' | 'below' | null;
  readonly evidence: readonly Evidence[];
  readonly peak?: Peak | undefined;
}

/** What a commit has to write and to tell. */
export interface BookChanges {
  readonly saved: readonly ScoredAnomaly[];
  readonly events: ReadonlyArray<{ readonly id: string; readonly change: 'opened' | 'updated' | 'closed' }>;
}

export interface BookDeps {
  readonly job: string;
  readonly newId: () => string;
  /** What keeps the alert of an anomaly back now. */
  readonly mutedBy: (labels: Labels) => string | undefined;
}

/** A set of metrics is told apart by its labels. */
export function keyOf(kind: DetectionKind, { id, labels }: Subject): string {
  return `${kind} ${id ?? JSON.stringify(labels)}`;
}

/**
 * The anomalies of a job that last, and those that may come back. Nothing is told before `settle`: what opened and closed
 * since is late, and told to nobody.
 */
export class AnomalyBook {
  readonly #deps: BookDeps;
  readonly #drafts = new Map<string, Draft>();

  constructor(deps: BookDeps, drafts: readonly Draft[]) {
    this.#deps = deps;
    for (const draft of drafts) {
      this.#drafts.set(keyOf(draft.anomaly.kind, { id: draft.anomaly.seriesId, labels: draft.anomaly.labels }), draft);
    }
  }

  /** Drafts of anomalies that last. */
  *lasting(): Generator<Draft> {
    for (const draft of this.#drafts.values()) {
      if (draft.anomaly.endedAtMs === null) {
        yield draft;
      }
    }
  }

  open(opening: Opening, seenToMs: number): void {
    const { kind, subject, startMs, score, direction, evidence, peak } = opening;
    const anomaly: ScoredAnomaly = {
      id: this.#deps.newId(),
      job: this.#deps.job,
      kind,
      seriesId: subject.id,
      labels: { ...subject.labels },
      startedAtMs: startMs,
      endedAtMs: null,
      seenToMs,
      openedAtMs: seenToMs,
      direction,
      score,
      peakScore: peak?.score ?? score,
      peakAtMs: peak?.timeMs ?? null,
      peakValue: peak?.value ?? null,
      expectedAtPeak: peak?.expected ?? null,
      evidence: [...evidence],
      flaps: 0,
      late: false,
      mutedBy: null,
    };
    this.#drafts.set(keyOf(kind, subject), { anomaly, told: false, change: 'opened' });
  }

  /** One more look at an anomaly that lasts; nothing when there is none. */
  see(kind: DetectionKind, subject: Subject, seen: { timeMs: number; score: number; peak?: Peak | undefined }): void {
    const draft = this.#lasting(kind, subject);
    if (draft === undefined) {
      return;
    }
    const { anomaly } = draft;
    anomaly.seenToMs = seen.timeMs;
    anomaly.score = Number.isNaN(seen.score) ? anomaly.score : seen.score;
    const { peak } = seen;
    if (peak !== undefined && peak.score > (anomaly.peakScore ?? 0)) {
      anomaly.peakScore = peak.score;
      anomaly.peakAtMs = peak.timeMs;
      anomaly.peakValue = peak.value;
      anomaly.expectedAtPeak = peak.expected;
      draft.change = stronger(draft.change, 'updated');
    }
    draft.change = stronger(draft.change, 'seen');
  }

  /** The same anomaly goes on. False when it is not known any more. */
  reopen(kind: DetectionKind, subject: Subject, again: { timeMs: number; score: number; flaps: number }): boolean {
    const draft = this.#drafts.get(keyOf(kind, subject));
    if (draft === undefined) {
      return false;
    }
    draft.anomaly.endedAtMs = null;
    draft.anomaly.seenToMs = again.timeMs;
    draft.anomaly.score = again.score;
    draft.anomaly.flaps = again.flaps;
    draft.anomaly.late = false;
    draft.change = draft.told ? 'updated' : 'opened';
    return true;
  }

  close(kind: DetectionKind, subject: Subject, end: { endMs: number; seenToMs: number; evidence?: Evidence[] }): void {
    const draft = this.#lasting(kind, subject);
    if (draft !== undefined) {
      draft.anomaly.endedAtMs = Math.max(draft.anomaly.startedAtMs, end.endMs);
      draft.anomaly.seenToMs = end.seenToMs;
      draft.anomaly.evidence.push(...(end.evidence ?? []));
      draft.change = 'closed';
    }
  }

  /** Forgets an anomaly that is over for good. */
  forget(kind: DetectionKind, subject: Subject): void {
    const key = keyOf(kind, subject);
    if (this.#drafts.get(key)?.change === 'none') {
      this.#drafts.delete(key);
    }
  }

  /** Takes in what a kind of detection found; what is open already goes on. */
  find(kind: DetectionKind, subject: Subject, finding: Finding, seenToMs: number): void {
    const lasting = this.#lasting(kind, subject);
    const { startMs, endMs = seenToMs, direction, score, evidence } = finding;
    if (finding.phase === 'closed') {
      this.close(kind, subject, { endMs, seenToMs, evidence: [...evidence] });
      return;
    }
    if (lasting === undefined) {
      this.open({ kind, subject, startMs, score, direction, evidence }, seenToMs);
      return;
    }
    this.see(kind, subject, { timeMs: seenToMs, score });
    lasting.anomaly.peakScore = Math.max(score, lasting.anomaly.peakScore ?? 0);
    lasting.anomaly.evidence = [...evidence];
    lasting.anomaly.direction = direction;
  }

  /**
   * What is to be written now.
   * @param nowMs when what opened is told
   * @param last false while older values are still to be scored: what opened then is not told yet
   */
  settle(nowMs: number, last: boolean): BookChanges {
    const saved: ScoredAnomaly[] = [];
    const events: Array<BookChanges['events'][number]> = [];
    for (const [key, draft] of this.#drafts) {
      this.#mute(draft);
      const isOver = draft.anomaly.endedAtMs !== null;
      if (draft.change !== 'none' && (draft.told || isOver || last)) {
        const change = settled(draft, nowMs);
        saved.push(structuredClone(draft.anomaly));
        events.push(...(change === 'seen' ? [] : [{ id: draft.anomaly.id, change }]));
        if (isOver && !mayComeBack.includes(draft.anomaly.kind)) {
          this.#drafts.delete(key);
        }
      }
    }
    return { saved, events };
  }

  /** What the store's anomalies that last do not hold: those that are not told yet, and those that may come back. */
  kept(): readonly Draft[] {
    return [...this.#drafts.values()].filter(({ told, anomaly }) => !told || anomaly.endedAtMs !== null);
  }

  #mute(draft: Draft): void {
    if (draft.anomaly.endedAtMs === null) {
      const mutedBy = this.#deps.mutedBy(draft.anomaly.labels) ?? null;
      draft.change = mutedBy === draft.anomaly.mutedBy ? draft.change : stronger(draft.change, 'updated');
      draft.anomaly.mutedBy = mutedBy;
    }
  }

  #lasting(kind: DetectionKind, subject: Subject): Draft | undefined {
    const draft = this.#drafts.get(keyOf(kind, subject));
    return draft?.anomaly.endedAtMs === null ? draft : undefined;
  }
}

/** Marks a draft as written; answers what there is to tell of it. */
function settled(draft: Draft, nowMs: number): 'seen' | 'updated' | 'opened' | 'closed' {
  const { anomaly, told } = draft;
  const isOver = anomaly.endedAtMs !== null;
  const change = draft.change === 'none' ? 'seen' : draft.change;
  anomaly.late = !told && isOver;
  anomaly.openedAtMs = told ? anomaly.openedAtMs : nowMs;
  draft.told = !anomaly.late;
  draft.change = 'none';
  return isOver ? 'closed' : told ? change : 'opened';
}

/** Those that the counts of a job open and close: their owner says when they are over for good. */
const mayComeBack: readonly DetectionKind[] = ['band', 'outlier', 'joint'];

const order = ['none', 'seen', 'updated', 'opened', 'closed'] as const;

function stronger(a: Draft['change'], b: Draft['change']): Draft['change'] {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}
