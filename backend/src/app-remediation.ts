import { hostname, networkInterfaces } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { AnomalyRepository } from './anomalies/anomaly-repository.ts';
import type { Live } from './app-live.ts';
import type { CalendarBook } from './calendars/calendar-book.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { VerificationReport } from './contract/index.ts';
import type { MetricStore } from './datasources/metrics/metric-store.ts';
import { AppError } from './errors.ts';
import { RunAnnotations } from './grafana/run-annotations.ts';
import { allJobs } from './http/all-jobs.ts';
import type { RemediationApi } from './http/remediation-api.ts';
import { RunStream } from './http/run-stream.ts';
import type { RunningJobs } from './jobs/create-jobs.ts';
import type { Metrics } from './observability/metrics.ts';
import { registerRemediationMetrics } from './observability/remediation-metrics.ts';
import { AuditLog } from './remediation/audit/audit-log.ts';
import { knownSecrets } from './remediation/audit/known-secrets.ts';
import { createRemediation, type Remediation } from './remediation/create-remediation.ts';
import { createEngines, type Engines } from './remediation/engines/create-engines.ts';
import { OwnDetections, type OwnDetectionsDeps } from './remediation/episodes/own-detections.ts';
import { EpisodeRepository } from './remediation/episodes/episode-repository.ts';
import { remediationStatus } from './remediation/remediation-status.ts';
import { Outbox } from './remediation/outbox/outbox.ts';
import type { Policy } from './remediation/policies/policy.ts';
import { PolicyBook } from './remediation/policies/policy-book.ts';
import { replayRecorded } from './remediation/replay/replay-recorded.ts';
import type { Word } from './remediation/runs/people.ts';
import type { StoredRun } from './remediation/runs/stored-run.ts';
import { DetectorView } from './remediation/verification/detector-view.ts';
import { watchRecovery } from './remediation/verification/watch-recovery.ts';
import { createWebhooks, type Webhooks, type WebhooksDeps } from './remediation/webhooks/create-webhooks.ts';
import type { Database } from './store/database.ts';

export interface RemediationAppDeps {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sources: ReadonlyMap<string, MetricStore>;
  readonly jobs: RunningJobs;
  readonly calendars: CalendarBook;
  readonly live: Live;
}

/** From alerts to healed, and what the API shows of it. */
export interface RemediationApp {
  /** Mounted before everything that asks for the backend's token. */
  readonly webhooks: RequestHandler;
  readonly api: RemediationApi;
  start(): Promise<void>;
}

/** Builds remediation; stopped by `resources`: first what comes in, then what is at work, then what tells people. */
export function buildRemediation(deps: RemediationAppDeps, resources: AsyncDisposableStack): RemediationApp {
  const { config, database, clock, logger } = deps;
  const audit = new AuditLog({ database, clock, secrets: knownSecrets(config) });
  const { delivered } = registerRemediationMetrics({ registry: deps.metrics.registry, database, clock });
  const outbox = buildOutbox(deps, audit, resources);
  const engines = createEngines({ engines: config.engines, logger, clock, runFolder: runFolderOf(config) });
  resources.defer(() => engines.stop());
  const book = buildBook(deps, { audit, engines });
  const remediation = buildLoop(deps, { audit, engines, book, outbox }, resources);
  const onEpisodes = () => {
    remediation.wake();
  };
  const annotations = buildAnnotations(deps, resources);
  const doors = buildDoors(deps, { audit, onEpisodes, delivered }, resources);
  const stream = new RunStream(remediation.desk);
  resources.defer(() => {
    stream.stop();
  });
  const { desk: runs, proposer, episodes, switches } = remediation;
  const calendarsNow = (names: readonly string[], timeMs: number) => deps.calendars.nowOf(names, timeMs);
  const { limits } = config.remediation;
  const world = { engines: engines.byName, selfHosts: selfHosts(config), limits, calendarsNow };
  const status = { database, clock, switches, engines: engines.byName, webhooks: doors.webhooks };
  return {
    webhooks: doors.webhooks.router,
    api: {
      ...{ policies: book, proposer, runs, stream, episodes, switches, audit },
      status: () => remediationStatus(status),
      replay: (request, signal) => replayRecorded({ database, clock, ...world }, request, signal),
    },
    async start() {
      await book.start();
      outbox.start();
      await remediation.start();
      annotations?.start();
      await doors.webhooks.start();
      doors.own.start();
    },
  };
}

function buildOutbox(deps: RemediationAppDeps, audit: AuditLog, resources: AsyncDisposableStack): Outbox {
  const { config, database, clock, logger } = deps;
  const { contacts, alertmanagers } = config;
  const urlOf = (word: Word) => runUrl(config, word);
  const outbox = new Outbox({ database, clock, logger, audit, contacts, alertmanagers, urlOf });
  resources.defer(() => outbox.stop());
  return outbox;
}

/** Draws runs into Grafana, when its address and a service account are set. */
function buildAnnotations(
  { config, database, clock, logger, live }: RemediationAppDeps,
  resources: AsyncDisposableStack
): RunAnnotations | undefined {
  if (live.grafana === undefined || config.grafana === undefined) {
    return undefined;
  }
  const { client } = live.grafana;
  const { publicUrl } = config.grafana;
  const annotations = new RunAnnotations({ database, client, publicUrl, clock, logger, random: Math.random });
  resources.defer(() => annotations.stop());
  return annotations;
}

function buildLoop(
  deps: RemediationAppDeps,
  parts: { readonly audit: AuditLog; readonly engines: Engines; readonly book: PolicyBook; readonly outbox: Outbox },
  resources: AsyncDisposableStack
): Remediation {
  const { config, database, clock, logger, calendars } = deps;
  const { audit, engines, book, outbox } = parts;
  const remediation: Remediation = createRemediation({
    ...{ database, clock, logger, audit, engines: engines.byName },
    alertmanagers: config.alertmanagers,
    selfHosts: selfHosts(config),
    limits: config.remediation.limits,
    killRunning: config.remediation.killRunning,
    policies: () => book.active(),
    storeOf: (source) => sourceOf(deps, source),
    calendarsNow: (names, timeMs) => calendars.nowOf(names, timeMs),
    watch: watcherOf(deps, () => remediation),
    tell: (word, db) => outbox.tell(word, db),
  });
  resources.defer(() => remediation.stop());
  return remediation;
}

/** Where alerts come in: webhooks, and our own anomalies, looked at when one of them changes. */
function buildDoors(
  { config, database, clock, logger, jobs, live }: RemediationAppDeps,
  {
    delivered,
    ...given
  }: Pick<OwnDetectionsDeps, 'onEpisodes'> & Pick<WebhooksDeps, 'delivered'> & { readonly audit: AuditLog },
  resources: AsyncDisposableStack
): { readonly webhooks: Webhooks; readonly own: OwnDetections } {
  const { alertmanagers } = config;
  const doors = { ...given, database, clock, logger };
  const webhooks = createWebhooks({
    ...{ ...doors, webhooks: config.webhooks, alertmanagers, delivered },
    grafana: live.grafana?.client,
  });
  resources.defer(() => webhooks.stop());
  const specs = async () => (await allJobs(jobs)).map(({ spec }) => spec);
  const own = new OwnDetections({ ...doors, jobs: specs, urlOf: (anomaly) => live.urlOf(anomaly) });
  resources.defer(() => own.stop());
  resources.defer(
    jobs.subscribe((event) => {
      if (event.kind === 'anomaly') {
        own.wake();
      }
    })
  );
  return { webhooks, own };
}

function buildBook(deps: RemediationAppDeps, { audit, engines }: { audit: AuditLog; engines: Engines }): PolicyBook {
  const { config, database, clock, logger, jobs, calendars } = deps;
  return new PolicyBook({
    ...{ database, clock, logger, audit, engines: engines.byName },
    provisioned: config.policies,
    names: async () => ({
      sources: config.sources.map(({ name }) => name),
      webhooks: config.webhooks.map(({ name }) => name),
      calendars: [...calendars.names()],
      contacts: config.contacts.map(({ name }) => name),
      jobs: new Map((await allJobs(jobs)).map(({ spec }) => [spec.name, spec])),
    }),
  });
}

/** Whether a run helped, by the policy's query and the same detector that would raise the alert. */
function watcherOf(deps: RemediationAppDeps, remediation: () => Remediation) {
  const { database, clock, logger, jobs } = deps;
  const anomalies = new AnomalyRepository(database);
  const detectors = new DetectorView({ database, bands: jobs.bands, anomalies });
  const episodes = new EpisodeRepository(database);
  return async (run: StoredRun, policy: Policy, signal: AbortSignal): Promise<VerificationReport | undefined> => {
    const episode = await episodes.get(run.plan.episodeId);
    const { verify } = policy.spec;
    if (verify === undefined || episode === undefined || run.engineEndedAtMs === null) {
      return undefined;
    }
    const onSample = (sample: VerificationReport['samples'][number]) => {
      const text = `${sample.healthy}${sample.detail === null ? '' : `: ${sample.detail}`}`;
      void remediation().log.note(run.id, { kind: 'verification', host: null, text });
    };
    const request = {
      ...{ verify, labels: episode.labels, abnormalFromMs: episode.startsAtMs },
      engineStartedAtMs: run.startedAtMs ?? run.engineEndedAtMs,
      engineEndedAtMs: run.engineEndedAtMs,
    };
    const storeOf = (source: string | undefined) => sourceOf(deps, source);
    return await watchRecovery({ storeOf, detectors, clock, logger, onSample }, request, signal);
  };
}

/** @throws AppError `invalid_request` naming the sources that there are */
function sourceOf({ sources }: RemediationAppDeps, name: string | undefined): MetricStore {
  const found = name === undefined ? sources.values().next().value : sources.get(name);
  if (found === undefined) {
    const known = [...sources.keys()].join(', ');
    throw new AppError('invalid_request', `source "${name ?? ''}" does not exist; there are: ${known}`);
  }
  return found;
}

/** Where a person can act on a word; undefined when Grafana's address is not known. */
function runUrl({ grafana }: Config, { runId, episode }: Word): string | undefined {
  const page = runId === null ? `episodes/${episode.id}` : `runs/${runId}`;
  return grafana && `${grafana.publicUrl}a/selfheal-aiops-app/remediation/${page}`;
}

/** Beside the store, so that it survives a restart together with it. */
function runFolderOf({ store }: Config): string {
  return join(dirname(resolve(store.file)), 'runs');
}

/** Names and addresses of what this backend rests on: nothing is ever done to them. */
function selfHosts(config: Config): ReadonlySet<string> {
  const urls = [...config.sources, ...config.writers, ...config.alertmanagers].map(({ url }) => url);
  const grafana = config.grafana === undefined ? [] : [config.grafana.url, config.grafana.publicUrl];
  const remote = [...urls, ...grafana].map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ''));
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  const own = [hostname(), hostname().split('.')[0] ?? '', 'localhost', ...addresses];
  return new Set([...remote, ...own].filter((name) => name !== '').map((name) => name.toLowerCase()));
}
