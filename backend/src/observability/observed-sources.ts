import type { Clock } from '../clock.ts';
import type { ConnectionReport, SourceSummary } from '../contract/index.ts';
import type { MetricStore } from '../datasources/metrics/metric-store.ts';
import type { SourceSettings } from '../datasources/source-settings.ts';
import { AppError } from '../errors.ts';
import type { Metrics } from './metrics.ts';

type Health = Pick<SourceSummary, 'reachable' | 'message' | 'checkedAtMs'>;

const unknown: Health = { reachable: null, message: null, checkedAtMs: null };

/** Errors of a source that did answer: it is the question that is wrong. */
const answered: ReadonlySet<string> = new Set([
  'source_query_rejected',
  'no_series',
  'too_many_series',
  'source_too_large',
]);

export interface ObservedSourcesDeps {
  readonly sources: ReadonlyArray<{ readonly settings: SourceSettings; readonly store: MetricStore }>;
  readonly metrics: Metrics['sources'];
  readonly clock: Clock;
}

/** The sources with each query timed and counted, and what the latest one said about their health. */
export class ObservedSources {
  /** By name, in the order of the settings. */
  readonly stores: ReadonlyMap<string, MetricStore>;
  readonly #deps: ObservedSourcesDeps;
  readonly #health = new Map<string, Health>();

  constructor(deps: ObservedSourcesDeps) {
    this.#deps = deps;
    this.stores = new Map(deps.sources.map(({ settings, store }) => [settings.name, this.#observe(store)]));
  }

  list(): Array<Omit<SourceSummary, 'jobs'>> {
    return this.#deps.sources.map(({ settings }) => ({
      name: settings.name,
      kind: settings.kind,
      url: withoutCredentials(settings.url),
      ...(this.#health.get(settings.name) ?? unknown),
    }));
  }

  /** @throws AppError `not_found` naming the sources that there are */
  async check(name: string, signal: AbortSignal): Promise<ConnectionReport> {
    const store = this.stores.get(name);
    if (store === undefined) {
      const names = [...this.stores.keys()].join(', ');
      throw new AppError('not_found', `There is no source "${name}". There are: ${names}.`);
    }
    const { cause, product, version, ...report } = await store.checkConnection(signal);
    this.#note(name, report.ok, report.ok ? null : report.message);
    return {
      ...report,
      steps: [...report.steps],
      ...(cause === undefined ? {} : { cause }),
      ...(product === undefined ? {} : { product }),
      ...(version === undefined ? {} : { version }),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.stores.values()].map((store) => store.stop()));
  }

  #note(name: string, reachable: boolean, message: string | null): void {
    this.#health.set(name, { reachable, message, checkedAtMs: this.#deps.clock.nowMs() });
  }

  #observe(store: MetricStore): MetricStore {
    return {
      name: store.name,
      kind: store.kind,
      queryRange: (query, signal) => this.#timed(store.name, signal, () => store.queryRange(query, signal)),
      queryInstant: (promql, atMs, signal) =>
        this.#timed(store.name, signal, () => store.queryInstant(promql, atMs, signal)),
      checkConnection: (signal) => store.checkConnection(signal),
      stop: () => store.stop(),
    };
  }

  async #timed<T>(source: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { queries, durationSeconds } = this.#deps.metrics;
    const end = durationSeconds.startTimer({ source });
    try {
      const answer = await work();
      queries.inc({ source, outcome: 'ok' });
      this.#note(source, true, null);
      return answer;
    } catch (error) {
      this.#countFailure(source, error, signal.aborted);
      throw error;
    } finally {
      end();
    }
  }

  #countFailure(source: string, error: unknown, aborted: boolean): void {
    const code = error instanceof AppError ? error.code : 'internal';
    this.#deps.metrics.queries.inc({ source, outcome: aborted ? 'aborted' : code });
    if (aborted || !(error instanceof AppError)) {
      return;
    }
    const alive = answered.has(error.code);
    this.#note(source, alive, alive ? null : error.message);
  }
}

function withoutCredentials(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}
