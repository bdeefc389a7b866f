import type {
  AnomalyRecord,
  CalendarSpec,
  CalendarSummary,
  CapacityRow,
  ChangeRecord,
  JobForecast,
  OverlayEdit,
  VerdictPreview,
} from '../../backend/src/contract/index.ts';
import { AppError } from '../../backend/src/errors.ts';
import type { Api } from '../../backend/src/http/api.ts';
import type { Actor } from '../../backend/src/jobs/jobs.ts';

type Insights = Pick<Api, 'anomalies' | 'capacity' | 'calendars' | 'changes' | 'alerts' | 'overlays' | 'watch'>;

export interface MemoryInsights {
  readonly api: Insights;
  readonly actors: Actor[];
  /** What the ports were asked for, in order. */
  readonly asked: unknown[];
  /** Every operation from now on fails so. */
  failWith(error: Error): void;
}

export function anAnomaly(changes: Partial<AnomalyRecord> = {}): AnomalyRecord {
  return {
    id: 'a1',
    job: 'checkout-latency',
    kind: 'band',
    seriesId: 's1',
    labels: { service: 'checkout' },
    state: 'closed',
    startedAtMs: 1_000,
    endedAtMs: 2_000,
    seenToMs: 2_000,
    openedAtMs: 1_500,
    direction: 'above',
    score: 0.4,
    peakScore: 3,
    peakAtMs: 1_500,
    peakValue: 9,
    expectedAtPeak: 3,
    evidence: [],
    flaps: 0,
    late: false,
    mutedBy: null,
    verdict: null,
    levelDecision: null,
    panels: [],
    deliveries: [],
    ...changes,
  };
}

const preview: VerdictPreview = {
  ...{ days: 30, change: null, alertsNow: 3, alertsThen: 3, removed: [], added: [] },
  ...{ precision: null, judged: 0 },
};
const chart: JobForecast = {
  series: {
    ...{ id: 's1', labels: {}, state: 'modelled', notes: [], model: 'blend' },
    ...{ mase: 1, coverage: [], trainedAtMs: 1 },
  },
  ...{ observed: null, observedError: 'gone', band: null, anomalies: [], nowScore: null, backtest: null },
};
const row: CapacityRow = {
  ...{ job: 'disk', seriesId: 's1', labels: {}, unit: null, now: 1, limit: 2, side: 'above', state: 'rising' },
  ...{ etaMs: 5, etaLowMs: 4, etaHighMs: null, probability: 0.9, warnMs: 3, growthPerDay: 1, lastResetAtMs: null },
  ...{ trend: [], reason: 'it grows', estimatedAtMs: 1 },
};

/** The ports behind the routes of detection, kept in memory: what the HTTP side needs to be judged alone. */
export function memoryInsights(): MemoryInsights {
  const actors: Actor[] = [];
  const asked: unknown[] = [];
  const calendars = new Map<string, CalendarSummary>();
  let failure: Error | undefined;
  const gate = async (...what: unknown[]): Promise<void> => {
    asked.push(...what);
    if (failure !== undefined) {
      throw failure;
    }
  };
  const known = (id: string): void => {
    if (id !== 'a1') {
      throw new AppError('not_found', `anomaly "${id}" does not exist`);
    }
  };
  const calendarOf = (spec: CalendarSpec): CalendarSummary => ({
    ...{ spec, origin: { kind: 'api', by: 'a test' }, readAtMs: 1, error: null, now: null, next: [], jobs: [] },
  });
  const edit = (state: OverlayEdit['state']): OverlayEdit => ({
    ...{ dashboardUid: 'd', panelId: 4, state, version: 2, url: 'http://g/d/d' },
  });
  const api: Insights = {
    anomalies: {
      async list(query) {
        await gate(query);
        return { items: [anAnomaly()], nextCursor: null, total: 1 };
      },
      async get(id) {
        await gate();
        known(id);
        return anAnomaly();
      },
      async chart(id) {
        await gate();
        known(id);
        return chart;
      },
      async previewVerdict(id, verdict) {
        await gate(verdict);
        known(id);
        return preview;
      },
      async judge(id, { actor, ...judged }) {
        await gate(judged);
        known(id);
        actors.push(actor);
        return { ...anAnomaly(), setting: { state: 'unchanged' } };
      },
      async decideLevel(id, decision, actor) {
        await gate(decision);
        known(id);
        actors.push(actor);
        return anAnomaly({ kind: 'level-shift' });
      },
    },
    capacity: {
      async list(query) {
        await gate(query);
        return [row];
      },
    },
    calendars: {
      async list() {
        await gate();
        return [...calendars.values()];
      },
      async create(spec, actor) {
        await gate(spec);
        if (calendars.has(spec.name)) {
          throw new AppError('conflict', 'taken');
        }
        actors.push(actor);
        calendars.set(spec.name, calendarOf(spec));
        return calendarOf(spec);
      },
      async update(spec, actor) {
        await gate(spec);
        if (!calendars.has(spec.name)) {
          throw new AppError('not_found', 'unknown');
        }
        actors.push(actor);
        return calendarOf(spec);
      },
      async remove(name) {
        await gate();
        if (!calendars.delete(name)) {
          throw new AppError('not_found', 'unknown');
        }
      },
    },
    changes: {
      async list(query) {
        await gate(query);
        return [];
      },
      async record(request, actor): Promise<ChangeRecord> {
        await gate(request);
        actors.push(actor);
        const { title, labels, url = null } = request;
        return { id: 'c1', title, labels, atMs: 1, widenUntilMs: 2, source: 'api', by: actor.name, url };
      },
    },
    alerts: {
      async read() {
        await gate();
        return { items: [], errors: [{ source: 'alertmanager', message: 'refused' }] };
      },
    },
    overlays: {
      async targets(job) {
        await gate(job);
        return { items: [], indexedAtMs: 1, dashboards: 3, error: null };
      },
      async add(request, actor) {
        await gate(request);
        actors.push(actor);
        return edit('added');
      },
      async remove(request, actor) {
        await gate(request);
        actors.push(actor);
        return edit('removed');
      },
    },
    watch: {
      scoring: async () => ({
        ...{ jobs: 1, freshRatio: 1, longestDelayMs: 30_000, openAnomalies: 2, judged: 4, precision: 0.75 },
      }),
      receivers: async () => [
        {
          ...{ name: 'main', kind: 'writer', state: 'working', message: null },
          ...{ waiting: 0, oldestWaitingAtMs: null, lastAcceptedAtMs: 5 },
        },
      ],
    },
  };
  return { api, actors, asked, failWith: (error) => void (failure = error) };
}
