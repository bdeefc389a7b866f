import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AnomalyRepository } from '../../backend/src/anomalies/anomaly-repository.ts';
import { AnomalyListQuery, type AnomalyRecord } from '../../backend/src/contract/anomaly.ts';
import type { ServerEvent } from '../../backend/src/contract/api.ts';
import { JobSpec, type JobSpecInput } from '../../backend/src/contract/job.ts';
import type { MetricStore } from '../../backend/src/datasources/metrics/metric-store.ts';
import { startOnline } from '../../backend/src/detection/online-score.ts';
import { encodeOnline } from '../../backend/src/detection/online-state.ts';
import { BandRepository } from '../../backend/src/jobs/band-repository.ts';
import { noResult, seriesIdOf, trainingKey } from '../../backend/src/jobs/job-record.ts';
import { JobRepository } from '../../backend/src/jobs/job-repository.ts';
import { jobDurations } from '../../backend/src/jobs/job-spec-faults.ts';
import { Subscribers } from '../../backend/src/jobs/subscribers.ts';
import { createScoring, type ScoringDeps } from '../../backend/src/scoring/create-scoring.ts';
import { encodeDetectors, makeDetectors } from '../../backend/src/scoring/series-detectors.ts';
import type { Scoring, TickReport } from '../../backend/src/scoring/scoring.ts';
import { createLogger } from '../../backend/src/observability/logger.ts';
import { openDatabase, type Database } from '../../backend/src/store/database.ts';
import { labelKey, type Labels } from '../../backend/src/timeseries/series.ts';
import { TestClock } from '../support/test-clock.ts';

export const stepMs = 60_000;
/** A whole minute, and hours into its day. */
export const startMs = 1_795_500_000_000;

const withinMs = 20_000;

/** Later in a step than the tick of any job. */
export const lateInStepMs = 55_000;

/** What a series is at an instant; NaN for no value. */
export type Course = (timeMs: number) => number;

export interface TestSeries {
  readonly labels: Labels;
  readonly course: Course;
}

/** A source whose series are functions of time, and that can be made to fail. */
export class TestSource implements MetricStore {
  readonly name = 'main';
  readonly kind = 'prometheus';
  series: TestSeries[] = [];
  failing: Error | undefined;
  hangs = false;
  warnings: string[] = [];
  readonly asked: Array<{ readonly startMs: number; readonly endMs: number }> = [];

  async queryRange(query: Parameters<MetricStore['queryRange']>[0], signal: AbortSignal) {
    await nextTurn();
    this.asked.push({ startMs: query.startMs, endMs: query.endMs });
    if (this.hangs) {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    }
    if (this.failing !== undefined) {
      throw this.failing;
    }
    const length = Math.round((query.endMs - query.startMs) / query.stepMs) + 1;
    const rows = this.series.map(({ labels, course }) => ({
      labels,
      startMs: query.startMs,
      stepMs: query.stepMs,
      values: Float64Array.from({ length }, (_, i) => course(query.startMs + i * query.stepMs)),
    }));
    return {
      series: rows.filter(({ values }) => values.some((value) => !Number.isNaN(value))),
      warnings: this.warnings,
    };
  }

  queryInstant() {
    return Promise.resolve({ samples: [], warnings: [] });
  }

  checkConnection() {
    return Promise.resolve({ ok: true, steps: [], message: 'reachable' });
  }

  stop() {
    return Promise.resolve();
  }
}

export interface Band {
  readonly center: number;
  readonly half: number;
}

/** Scoring over a real store, a source in memory and a clock of its own. */
export class ScoringHarness {
  readonly database: Database;
  readonly source = new TestSource();
  readonly clock = new TestClock(startMs);
  readonly subscribers = new Subscribers(createLogger({ level: 'silent' }));
  readonly anomalies: AnomalyRepository;
  readonly events: ServerEvent[] = [];
  readonly ticks: TickReport[] = [];
  readonly #folder: string;
  readonly #engines: Scoring[] = [];
  #trainings = 0;

  private constructor(folder: string, database: Database) {
    this.#folder = folder;
    this.database = database;
    this.anomalies = new AnomalyRepository(database);
    this.subscribers.add((event) => this.events.push(event));
  }

  static async open(): Promise<ScoringHarness> {
    const folder = mkdtempSync(join(tmpdir(), 'aiops-scoring-'));
    return new ScoringHarness(folder, await openDatabase({ file: join(folder, 'aiops.db') }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.stop()));
    await this.database.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A job as after a training that ended now: each of the series has the same flat band, back and ahead. */
  async train(input: Partial<JobSpecInput>, series: readonly Labels[], band: Band = { center: 10, half: 1 }) {
    const spec = JobSpec.parse({ name: 'load', query: 'load', training: '2h', retrain: '1h', horizon: '8h', ...input });
    const jobs = new JobRepository(this.database);
    const nowMs = Math.floor(this.clock.nowMs() / stepMs) * stepMs;
    const change = { spec, origin: { kind: 'api' as const, by: 'test' }, nowMs, by: 'test' };
    if (!(await jobs.insert(change))) {
      await jobs.update(spec.name, change);
    }
    for (const labels of series) {
      await this.#saveSeries(spec, labels, band);
    }
    await jobs.recordTrained(spec.name, {
      trainedAtMs: nowMs,
      trainedToMs: nowMs,
      trainedKey: trainingKey(spec, 'main'),
      attemptedAtMs: nowMs,
      result: { ...noResult, seriesCount: series.length },
    });
    this.subscribers.publish({ kind: 'job', job: spec.name, change: 'state' });
    return spec;
  }

  async #saveSeries(spec: JobSpec, labels: Labels, { center, half }: Band): Promise<void> {
    const nowMs = Math.floor(this.clock.nowMs() / stepMs) * stepMs;
    const key = labelKey(labels);
    const durations = jobDurations(spec);
    const flat = (bandStartMs: number, steps: number) => ({
      startMs: bandStartMs,
      stepMs,
      expected: new Float32Array(steps).fill(center),
      levels: [
        {
          levelPercent: 95,
          lower: new Float32Array(steps).fill(center - half),
          upper: new Float32Array(steps).fill(center + half),
        },
      ],
    });
    const steps = durations.trainingMs / stepMs;
    const history = {
      startMs: nowMs - (steps - 1) * stepMs,
      stepMs,
      values: Float64Array.from({ length: steps }, (_, i) => center + (half / 4) * Math.sin(i)),
    };
    const { evidence, state } = startOnline(history);
    const learnt = { evidence: Float32Array.from(evidence), online: encodeOnline(state) };
    const saved = {
      ...{ id: seriesIdOf(spec.name, key), job: spec.name, fitId: `fit-${this.#trainings++}`, labels, labelKey: key },
      ...{ trainedAtMs: nowMs, trainedToMs: nowMs, trainedKey: trainingKey(spec, 'main') },
      keepFromMs: history.startMs,
    };
    const outcome = {
      ...{ state: 'modelled' as const, notes: [], history, anomalies: [], nowScore: 0, backtest: undefined },
      ...{ model: 'ets', cpuSeconds: 0 },
      heldOut: flat(history.startMs, steps),
      forecast: flat(nowMs + stepMs, (durations.horizonMs + durations.retrainMs) / stepMs),
    };
    await new BandRepository(this.database).saveOutcome(saved, outcome, (band) =>
      encodeDetectors(makeDetectors(spec, { history, learnt }, band))
    );
  }

  /** An engine that is not started. */
  engine(changes: Partial<ScoringDeps> = {}): Scoring {
    const bands = new BandRepository(this.database);
    const engine = createScoring({
      database: this.database,
      sources: new Map([['main', this.source]]),
      delaysMs: new Map(),
      jobs: {
        bands: {
          listSeries: () => Promise.resolve([]),
          readBands: (ids, fromMs, toMs) => bands.read(ids, fromMs, toMs),
          observed: () => Promise.resolve([]),
        },
        subscribe: (listener) => this.subscribers.add(listener),
        publish: (event) => {
          this.subscribers.publish(event);
        },
      },
      clock: this.clock,
      logger: createLogger({ level: 'silent' }),
      limits: { seriesPerJob: 1_000 },
      onTick: (tick) => this.ticks.push(tick),
      ...changes,
    });
    this.#engines.push(engine);
    return engine;
  }

  async start(changes: Partial<ScoringDeps> = {}): Promise<Scoring> {
    this.clock.advance(this.#engines.length === 0 ? lateInStepMs : 0);
    const engine = this.engine(changes);
    await engine.start();
    return engine;
  }

  /** Lets time pass step by step; at each the jobs have their tick. */
  async pass(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      const before = this.ticks.length;
      this.clock.advance(stepMs);
      await this.until(() => this.ticks.length > before);
    }
  }

  /** Waits for something that happens without time passing. */
  async until(done: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (performance.now() < deadlineMs) {
      if (done()) {
        return;
      }
      await nextTurn();
    }
    throw new Error('it did not happen');
  }

  /** Runs a statement that the query builder does not know. */
  async run(statement: string): Promise<void> {
    const query = { kind: 'RawNode', sqlFragments: [statement], parameters: [] } as const;
    const queryId = { queryId: statement };
    await this.database.executeQuery({ query, queryId, sql: statement, parameters: [] });
  }

  async list(): Promise<readonly AnomalyRecord[]> {
    return (await this.anomalies.list(AnomalyListQuery.parse({ limit: 500 }))).items;
  }

  /** What was published about anomalies. */
  told(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === 'anomaly' ? [event.change] : []));
  }
}
