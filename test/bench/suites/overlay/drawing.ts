import { join } from 'node:path';
import type { ScoredAnomaly } from '../../../../backend/src/anomalies/anomaly-columns.ts';
import { AnomalyRepository } from '../../../../backend/src/anomalies/anomaly-repository.ts';
import type { JobSpec } from '../../../../backend/src/contract/job.ts';
import { createAnnotationApi } from '../../../../backend/src/grafana/annotation-api.ts';
import { AnnotationRepository } from '../../../../backend/src/grafana/annotation-repository.ts';
import { AnnotationWriter } from '../../../../backend/src/grafana/annotation-writer.ts';
import type { DashboardIndex } from '../../../../backend/src/grafana/dashboard-index.ts';
import type { GrafanaClient } from '../../../../backend/src/grafana/grafana-client.ts';
import { JobRepository } from '../../../../backend/src/jobs/job-repository.ts';
import { createLogger } from '../../../../backend/src/observability/logger.ts';
import { openDatabase, type Database } from '../../../../backend/src/store/database.ts';
import type { TestClock } from '../../../support/test-clock.ts';
import { judge, single, type Row, type Target } from '../../report.ts';
import type { BenchContext, Measurement } from '../../suite.ts';
import type { GrafanaProbe, KeptAnnotation } from './grafana-probe.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** More than a panel shows of a day, and with those of five days more than a dashboard asks for. */
const anomaliesPerDay = 30;
const days = 5;
const drawingJobs = 3;
const lostAnswers = 5;
/** After so many turns without an end something is wrong. */
const mostTurns = 5_000;
const mostOfPanelAndDay = 20;
const mostOfDashboard = 100;

export interface DrawingParts {
  readonly folder: string;
  readonly client: GrafanaClient;
  readonly index: DashboardIndex;
  readonly probe: GrafanaProbe;
  readonly clock: TestClock;
  readonly specs: readonly JobSpec[];
}

/**
 * Draws far more anomalies than panels may show, on the panels that the index found; the process dies half-way (a turn is
 * left and nothing is remembered), and some answers get lost after Grafana has kept what it was told.
 */
export async function drawing(context: BenchContext, parts: DrawingParts): Promise<Measurement> {
  const database = await openDatabase({ file: join(parts.folder, 'aiops.db') });
  try {
    const specs = parts.specs.slice(0, drawingJobs);
    await save(database, specs, parts.clock.nowMs());
    const startedMs = performance.now();
    const half = newWriter(parts, database, specs);
    const turns = await drawAll(half, parts, { untilWaiting: 0.5 });
    await parts.probe.ask({ kind: 'lose', answers: lostAnswers }, 'losing');
    const rest = await drawAll(newWriter(parts, database, specs), parts, { untilWaiting: 0 });
    const seconds = (performance.now() - startedMs) / 1_000;
    const { all } = await parts.probe.ask({ kind: 'annotations' }, 'annotations');
    await drawAll(newWriter(parts, database, specs), parts, { untilWaiting: 0 });
    const { all: again } = await parts.probe.ask({ kind: 'annotations' }, 'annotations');
    context.say(`${all.length} annotations in ${turns + rest} turns`);
    return figures(all, { seconds, more: again.length - all.length });
  } finally {
    await database.destroy();
  }
}

function newWriter({ client, index, clock }: DrawingParts, database: Database, specs: readonly JobSpec[]) {
  return new AnnotationWriter({
    repository: new AnnotationRepository(database),
    api: createAnnotationApi(client, 'https://grafana.example/'),
    panels: () => Promise.resolve(new Map(specs.map((spec) => [spec.name, index.panelsOf(spec)]))),
    clock,
    logger: createLogger({ level: 'silent' }),
    random: () => 0.5,
  });
}

/** One turn after the other, as fast as Grafana answers. @returns how many it took */
async function drawAll(
  writer: AnnotationWriter,
  { clock }: DrawingParts,
  { untilWaiting }: { readonly untilWaiting: number }
): Promise<number> {
  const never = new AbortController().signal;
  let first: number | undefined;
  for (let turn = 1; turn <= mostTurns; turn++) {
    const { ok } = await writer.turn(never);
    if (!ok) {
      // what it waits after a fault
      clock.advance(minuteMs);
    }
    const { waiting } = writer.status;
    first ??= waiting;
    if (ok && waiting <= untilWaiting * first) {
      return turn;
    }
  }
  throw new Error('the annotations did not come to an end');
}

async function save(database: Database, specs: readonly JobSpec[], nowMs: number): Promise<void> {
  for (const spec of specs) {
    await new JobRepository(database).insert({ spec, origin: { kind: 'api', by: 'bench' }, nowMs, by: 'bench' });
  }
  const anomalies = specs.flatMap(({ name }) =>
    Array.from({ length: days * anomaliesPerDay }, (_, i) => anomalyOf(name, i, nowMs))
  );
  await new AnomalyRepository(database).save(anomalies, nowMs);
}

function anomalyOf(job: string, i: number, nowMs: number): ScoredAnomaly {
  const day = Math.floor(i / anomaliesPerDay);
  const startedAtMs = Math.floor(nowMs / dayMs) * dayMs - (day + 1) * dayMs + (i % anomaliesPerDay) * 40 * minuteMs;
  const endedAtMs = startedAtMs + 10 * minuteMs;
  return {
    ...{
      id: `${job}-${i}`,
      job,
      kind: 'band',
      seriesId: null,
      labels: { service: 'checkout' },
      startedAtMs,
      endedAtMs,
    },
    ...{ seenToMs: endedAtMs, openedAtMs: startedAtMs, direction: 'above', score: 0.5, peakScore: 1 + (i % 7) },
    ...{ peakAtMs: startedAtMs, peakValue: 9, expectedAtPeak: 4, evidence: [], flaps: 0, late: false, mutedBy: null },
  };
}

function figures(
  all: readonly KeptAnnotation[],
  { seconds, more }: { readonly seconds: number; readonly more: number }
): Measurement {
  const keys = all.map(({ dashboardUid, panelId, tags }) => `${dashboardUid} ${panelId} ${tags.join(' ')}`);
  const duplicates = keys.length - new Set(keys).size + Math.max(0, more);
  const ofPanelAndDay = largest(all, ({ dashboardUid, panelId, startMs }) =>
    [dashboardUid, panelId, Math.floor(startMs / dayMs)].join(' ')
  );
  const ofDashboard = largest(all, ({ dashboardUid }) => dashboardUid);
  const leaking = all.filter(({ panelId }) => panelId === null).length;
  const rate = all.length / seconds;
  const table = `${drawingJobs} jobs of ${days * anomaliesPerDay} anomalies, drawn through a death and ${lostAnswers} lost answers`;
  const rows: Row[] = [
    { name: 'annotations', measure: 'drawn', value: all.length, table },
    { name: 'annotations', measure: 'drawn a second, one turn after the other', value: rate, table },
    { name: 'annotations', measure: 'drawn twice', value: duplicates, table },
    { name: 'annotations', measure: 'without a panel', value: leaking, table },
    { name: 'annotations', measure: 'most of a panel and day', value: ofPanelAndDay, table },
    { name: 'annotations', measure: 'most of a dashboard', value: ofDashboard, table },
  ];
  const targets: Target[] = [
    judge(single('annotations drawn a second', '', 'higher', 20), rate),
    judge(single('annotations drawn twice over a restart', '', 'lower', 0), duplicates),
    judge(single('annotations without a panel', '', 'lower', 0), leaking),
    judge(single('most annotations of a panel and day', '', 'lower', mostOfPanelAndDay), ofPanelAndDay),
    judge(single('most annotations of a dashboard', '', 'lower', mostOfDashboard), ofDashboard),
  ];
  return { rows, targets };
}

function largest(all: readonly KeptAnnotation[], keyOf: (one: KeptAnnotation) => string): number {
  return Math.max(0, ...[...Map.groupBy(all, keyOf).values()].map(({ length }) => length));
}
