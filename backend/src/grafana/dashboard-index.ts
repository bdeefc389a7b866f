import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { JobSpec } from '../contract/job.ts';
import type { OverlayTarget, OverlayTargets } from '../contract/overlay.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { messageOf } from '../errors.ts';
import type { DrawnPanel, JobPanels } from './annotation-plan.ts';
import { matchPanels, type IndexedPanel, type PanelMatch } from './match-panels.ts';
import { readDashboard, type DashboardDocument, type JsonObject } from './dashboard-document.ts';
import type { GrafanaClient } from './grafana-client.ts';
import { classicQueries, panelsOf, type DashboardPanel, type PanelQuery } from './panel-queries.ts';

export interface DashboardIndexDeps {
  readonly client: GrafanaClient;
  /** Grafana's address for people, with a slash at the end. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const everyMs = 600_000;
/** Whoever looks for a panel has often just made it. */
const freshMs = 30_000;
/** Many dashboards take longer: then the answer is what was known before. */
const patienceMs = 5_000;
/** One reading of all dashboards; what is not reached by then is read the next time. */
const deadlineMs = 300_000;
const pageSize = 500;
const maxDashboards = 2_000;
const maxQueries = 50_000;
const maxRemembered = 10_000;
const readersAtOnce = 2;
/** The data source of the product's own series: what overlays added is no query of a team. */
const ownDataSource = 'aiops';

const Found = z.array(z.object({ uid: z.string(), type: z.string() }));
const Library = z.object({ result: z.object({ model: z.record(z.string(), z.unknown()) }) });

interface Reading {
  readonly panels: IndexedPanel[];
  /** All panels by dashboard, with and without queries. */
  readonly panelIds: Map<string, ReadonlySet<number>>;
  readonly failures: string[];
  readonly libraries: Map<string, Promise<readonly PanelQuery[]>>;
  queries: number;
}

interface Index {
  readonly panels: readonly IndexedPanel[];
  readonly panelIds: ReadonlyMap<string, ReadonlySet<number>>;
  readonly dashboards: number;
  readonly indexedAtMs: number | null;
  readonly error: string | null;
}

/** The queries of all dashboards that the service account sees, read each ten minutes and on demand. */
export class DashboardIndex {
  readonly #deps: DashboardIndexDeps;
  readonly #stopping = new AbortController();
  #index: Index = {
    panels: [],
    panelIds: new Map(),
    dashboards: 0,
    indexedAtMs: null,
    error: 'the dashboards have not been read yet',
  };
  /** By query, until the dashboards are read again. */
  readonly #matched = new Map<string, readonly PanelMatch[]>();
  /** Whether the latest reading came to nothing. */
  #failed = false;
  #reading: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(deps: DashboardIndexDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running ??= this.#run().catch(() => undefined);
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#reading;
  }

  /** Reads all dashboards now; a second call waits for the first. What went wrong stands in the answers, not here. */
  async refresh(): Promise<void> {
    await (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
  }

  /** The panels that show what a job reads, the best first. */
  targets(job: JobSpec): OverlayTargets {
    const { dashboards, indexedAtMs, error } = this.#index;
    const named = new Set(typeof job.overlay === 'string' ? [] : job.overlay);
    const items = this.#matches(job).map(({ indexed, match, expression }): OverlayTarget => {
      const { dashboard, panel } = indexed;
      const ref = `${dashboard.uid}/${panel.id}`;
      return {
        panel: ref,
        dashboardUid: dashboard.uid,
        dashboardTitle: dashboard.title,
        panelId: panel.id,
        panelTitle: panel.title,
        match,
        expression,
        provisioned: dashboard.managedBy !== null,
        url: `${this.#deps.publicUrl}${dashboard.path}?viewPanel=${panel.id}`,
        chosen: named.has(ref) || (job.overlay === 'matching' && match !== 'similar'),
      };
    });
    const missing = [...named].filter((ref) => this.#isMissing(panelOfRef(ref)));
    const gone = missing.map((ref) => `panel ${ref}, which the job names, is not on its dashboard`);
    const errors = [...(error === null ? [] : [error]), ...gone.slice(0, 5)];
    return { items, indexedAtMs, dashboards, error: errors.length === 0 ? null : errors.join('; ') };
  }

  /** As `targets`, after a new reading of the dashboards when the latest is half a minute old. */
  async freshTargets(job: JobSpec, signal: AbortSignal): Promise<OverlayTargets> {
    const { clock } = this.#deps;
    const { indexedAtMs } = this.#index;
    if (indexedAtMs === null || clock.nowMs() - indexedAtMs >= freshMs) {
      const done = new AbortController();
      const patience = clock.sleep(patienceMs, AbortSignal.any([signal, done.signal])).catch(() => undefined);
      await Promise.race([this.refresh(), patience]);
      done.abort();
      signal.throwIfAborted();
    }
    return this.targets(job);
  }

  /**
   * Where the anomalies of a job are drawn: on the panels that it names, or on those with its query. A panel that is only
   * similar shows more than the job reads, so that a person has to name it.
   */
  panelsOf(job: JobSpec): JobPanels {
    if (job.overlay === 'none') {
      return { panels: [], exact: true };
    }
    if (job.overlay === 'matching') {
      const panels = this.#matches(job)
        .filter(({ match }) => match !== 'similar')
        .map(({ indexed }) => ({ dashboardUid: indexed.dashboard.uid, panelId: indexed.panel.id }));
      return { panels, exact: false };
    }
    // Grafana takes annotations of panels that do not exist, and shows them nowhere.
    return { panels: job.overlay.map(panelOfRef).filter((panel) => !this.#isMissing(panel)), exact: true };
  }

  #isMissing({ dashboardUid, panelId }: DrawnPanel): boolean {
    return this.#index.panelIds.get(dashboardUid)?.has(panelId) === false;
  }

  #matches(job: JobSpec): readonly PanelMatch[] {
    const known = this.#matched.get(job.query);
    if (known !== undefined) {
      return known;
    }
    const matches = matchPanels(job.query, this.#index.panels);
    if (this.#matched.size >= maxRemembered) {
      this.#matched.clear();
    }
    this.#matched.set(job.query, matches);
    return matches;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      await this.refresh();
      failures = this.#failed ? failures + 1 : 0;
      // Grafana and the backend are often started together: nobody should wait ten minutes for the second reading.
      await this.#deps.clock.sleep(failures === 0 ? everyMs : Math.min(everyMs, backOffMs(failures, 1)), signal);
    }
  }

  async #read(): Promise<void> {
    const { clock, logger } = this.#deps;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const uids = await this.#findDashboards(signal);
      const reading: Reading = {
        panels: [],
        panelIds: new Map(),
        failures: [],
        libraries: new Map(),
        queries: 0,
      };
      await this.#readAll(uids, reading, signal);
      const { panels, panelIds } = reading;
      const error = errorOf(uids.length, reading);
      this.#matched.clear();
      this.#index = { panels, panelIds, dashboards: uids.length, indexedAtMs: clock.nowMs(), error };
      this.#failed = false;
      logger.debug({ dashboards: uids.length, panels: panels.length, error }, 'dashboards read');
    } catch (error) {
      this.#failed = true;
      // What was read before stays: panels seldom change, and drawing goes on.
      const late = `not all dashboards could be read within ${deadlineMs / 60_000} minutes`;
      this.#index = { ...this.#index, error: signal.aborted ? late : messageOf(error) };
      if (!this.#stopping.signal.aborted) {
        logger.warn({ err: error }, 'the dashboards could not be read');
      }
    }
  }

  async #findDashboards(signal: AbortSignal): Promise<readonly string[]> {
    const uids = new Set<string>();
    for (let page = 1; page <= Math.ceil(maxDashboards / pageSize); page++) {
      const query = [
        ['type', 'dash-db'],
        ['limit', String(pageSize)],
        ['page', String(page)],
      ] as const;
      const found = await this.#deps.client.ask({ method: 'GET', path: 'api/search', query }, Found, signal);
      found.filter(({ type }) => type === 'dash-db').forEach(({ uid }) => uids.add(uid));
      if (found.length < pageSize) {
        break;
      }
    }
    return [...uids];
  }

  async #readAll(uids: readonly string[], reading: Reading, signal: AbortSignal): Promise<void> {
    const waiting = [...uids];
    const readNext = async (): Promise<void> => {
      for (let uid = waiting.shift(); uid !== undefined; uid = waiting.shift()) {
        await this.#readOne(uid, reading, signal);
      }
    };
    await Promise.all(Array.from({ length: readersAtOnce }, readNext));
  }

  async #readOne(uid: string, reading: Reading, signal: AbortSignal): Promise<void> {
    try {
      const document = await readDashboard(this.#deps.client, uid, signal);
      const panels = panelsOf(document);
      reading.panelIds.set(uid, new Set(panels.map(({ id }) => id)));
      for (const panel of panels) {
        const queries = panel.library === null ? panel.queries : await this.#library(panel.library, reading, signal);
        keepPanel(reading, document, { ...panel, queries });
      }
    } catch (error) {
      signal.throwIfAborted();
      reading.failures.push(messageOf(error));
    }
  }

  async #library(uid: string, { libraries }: Reading, signal: AbortSignal): Promise<readonly PanelQuery[]> {
    const path = `api/library-elements/${encodeURIComponent(uid)}`;
    const asked =
      libraries.get(uid) ??
      this.#deps.client
        .ask({ method: 'GET', path }, Library, signal)
        .then(({ result }) => classicQueries(result.model satisfies JsonObject));
    libraries.set(uid, asked);
    return await asked;
  }
}

function keepPanel(reading: Reading, { uid, title, path, managedBy }: DashboardDocument, panel: DashboardPanel): void {
  const queries = panel.queries
    .filter(({ datasource }) => datasource !== ownDataSource)
    .slice(0, maxQueries - reading.queries)
    .map(({ expression }) => expression);
  reading.queries += queries.length;
  if (queries.length > 0) {
    const dashboard = { uid, title, path, managedBy };
    reading.panels.push({ dashboard, panel: { id: panel.id, title: panel.title }, queries });
  }
}

function errorOf(dashboards: number, { failures, queries }: Reading): string | null {
  const parts = [
    ...(failures.length > 0
      ? [`${failures.length} of ${dashboards} dashboards could not be read: ${failures[0] ?? ''}`]
      : []),
    ...(dashboards >= maxDashboards ? [`only the first ${maxDashboards} dashboards are looked at`] : []),
    ...(queries >= maxQueries ? [`only the first ${maxQueries} queries are looked at`] : []),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

function panelOfRef(ref: string): DrawnPanel {
  const slash = ref.lastIndexOf('/');
  return { dashboardUid: ref.slice(0, slash), panelId: Number(ref.slice(slash + 1)) };
}
