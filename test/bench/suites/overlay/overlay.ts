import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { JobSpec } from '../../../../backend/src/contract/job.ts';
import { DashboardIndex } from '../../../../backend/src/grafana/dashboard-index.ts';
import { GrafanaClient } from '../../../../backend/src/grafana/grafana-client.ts';
import { createLogger } from '../../../../backend/src/observability/logger.ts';
import { TestClock } from '../../../support/test-clock.ts';
import { judge, single, type Row, type Target } from '../../report.ts';
import { mean, quantile } from '../../statistics.ts';
import type { BenchContext, Measurement, Suite } from '../../suite.ts';
import { drawing } from './drawing.ts';
import { generateDashboards, jobQueries, type GeneratorOptions, type PlacedPanel } from './dashboards.ts';
import type { GrafanaProbe, GrafanaReply } from './grafana-probe.ts';

const dashboards = 1_000;
const panelsEach = 20;
const jobs = 60;
const replyDeadlineMs = 60_000;
export const nowMs = Date.UTC(2026, 10, 25, 12);

/** The overlay on dashboards that people already have: finding their panels, and drawing on them. */
export const overlaySuite: Suite = {
  view: 'causal',
  // Nobody has published figures for generated dashboards: what is right is known from how they were made.
  checks: () => Promise.resolve([]),
  measure: async (context) => {
    const options = { dashboards: context.series ?? dashboards, panelsEach, jobs, seed: context.seed };
    const folder = mkdtempSync(join(tmpdir(), 'aiops-bench-overlay-'));
    const child = fork(`${import.meta.dirname}/grafana-probe.ts`);
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'editor');
    const probe = probeOf(child);
    const { url } = await probe.ask({ kind: 'start', options, nowMs }, 'started');
    const client = new GrafanaClient({ url, tokenFile });
    const clock = new TestClock(nowMs);
    const logger = createLogger({ level: 'error' });
    const index = new DashboardIndex({ client, publicUrl: url, clock, logger });
    try {
      const found = await finding(context, index, options);
      const drawn = await drawing(context, { folder, client, index, probe, clock, specs: specsOf() });
      return { rows: [...found.rows, ...drawn.rows], targets: [...found.targets, ...drawn.targets] };
    } finally {
      await index.stop();
      await client.stop();
      child.disconnect();
      rmSync(folder, { recursive: true });
    }
  },
};

function probeOf(child: ChildProcess): GrafanaProbe {
  return {
    ask: async (command, kind) => {
      const signal = AbortSignal.timeout(replyDeadlineMs);
      const replied = once(child, 'message', { signal }) as Promise<[GrafanaReply]>;
      child.send(command);
      const [reply] = await replied;
      if (reply.kind !== kind) {
        throw new Error(`the probe answered ${reply.kind} to ${command.kind}`);
      }
      return reply as Extract<GrafanaReply, { kind: typeof kind }>;
    },
  };
}

function specsOf(): JobSpec[] {
  return Array.from({ length: jobs }, (_, job) => {
    const query = jobQueries[job % jobQueries.length]?.(job) ?? '';
    return JobSpec.parse({ name: `job-${job}`, query, overlay: 'matching' });
  });
}

async function finding(context: BenchContext, index: DashboardIndex, options: GeneratorOptions): Promise<Measurement> {
  const truth = generateDashboards(options).placed;
  const before = heapBytes();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await index.refresh();
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const megabytes = (heapBytes() - before) / 1e6;
  const { right, shown, known, lookupMs } = compare(index, truth);
  const { error } = index.targets(specsOf()[0] ?? JobSpec.parse({ name: 'none', query: 'x' }));
  if (error !== null) {
    throw new Error(`the index says: ${error}`);
  }
  context.say(`${truth.length} of ${options.dashboards * options.panelsEach} panels show what a job reads`);
  const table = `${options.dashboards} dashboards of ${options.panelsEach} panels, ${jobs} jobs`;
  const drawnOn = (relation: string) => relation !== 'similar';
  const precision = ratio(right, shown, drawnOn);
  const recall = ratio(right, known, drawnOn);
  const rows: Row[] = [
    { name: 'index', measure: 'seconds to read all dashboards', value: seconds, table },
    { name: 'index', measure: 'CPU s to read all dashboards', value: (user + system) / 1e6, table },
    { name: 'index', measure: 'memory kept, MB', value: megabytes, table },
    { name: 'index', measure: 'ms to find the panels of a job, p95', value: quantile(lookupMs, 0.95), table },
    { name: 'index', measure: 'ms to find the panels of a job, mean', value: mean(lookupMs), table },
    ...(['same', 'equivalent', 'similar'] as const).flatMap((relation): Row[] => [
      { name: relation, measure: 'panels', value: known.get(relation) ?? 0, table: 'panels found' },
      {
        name: relation,
        measure: 'precision',
        value: ratio(right, shown, (one) => one === relation),
        table: 'panels found',
      },
      {
        name: relation,
        measure: 'recall',
        value: ratio(right, known, (one) => one === relation),
        table: 'panels found',
      },
    ]),
  ];
  const targets: Target[] = [
    judge(single('all dashboards read', 's', 'lower', 60), seconds),
    judge(single('memory of the index', 'MB', 'lower', 50), megabytes),
    judge(single('panels that are drawn on and show the query', '', 'higher', 1), precision),
    judge(single('panels with the query that are drawn on', '', 'higher', 0.99), recall),
  ];
  return { rows, targets };
}

type Counts = ReadonlyMap<string, number>;

function compare(index: DashboardIndex, truth: readonly PlacedPanel[]) {
  const known = new Map(truth.map(({ ref, job, relation }) => [`${job} ${ref}`, relation]));
  const [right, shown] = [new Map<string, number>(), new Map<string, number>()];
  const lookupMs: number[] = [];
  for (const [job, spec] of specsOf().entries()) {
    const startedMs = performance.now();
    const { items } = index.targets(spec);
    lookupMs.push(performance.now() - startedMs);
    for (const { panel, match } of items) {
      shown.set(match, (shown.get(match) ?? 0) + 1);
      if (known.get(`${job} ${panel}`) === match) {
        right.set(match, (right.get(match) ?? 0) + 1);
      }
    }
  }
  const counts = Map.groupBy(truth, ({ relation }) => relation);
  return { right, shown, known: new Map([...counts].map(([name, all]) => [name, all.length])), lookupMs };
}

function ratio(part: Counts, whole: Counts, counts: (relation: string) => boolean): number {
  const sum = (of: Counts) => [...of].reduce((total, [name, count]) => total + (counts(name) ? count : 0), 0);
  return sum(part) / sum(whole);
}

/** What is kept when all that can go has gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
