import { Gauge, type Registry } from 'prom-client';
import { countOpen, precisionByJob } from '../anomalies/judgements.ts';
import type { ReceiverStatus } from '../contract/api.ts';
import { scoringAges, type ScoringStatusDeps } from './scoring-status.ts';

export interface ScoringMetricsDeps extends ScoringStatusDeps {
  readonly registry: Registry;
  readonly receivers: () => Promise<readonly ReceiverStatus[]>;
}

/** Gauges that are read when somebody asks for them: how far scoring and its deliveries are, and how right they were. */
export function registerScoringMetrics(deps: ScoringMetricsDeps): void {
  registerAges(deps);
  registerVerdicts(deps);
  registerReceivers(deps);
}

function registerAges(deps: ScoringMetricsDeps): void {
  const registers = [deps.registry];
  new Gauge({
    name: 'aiops_scoring_age_seconds',
    help: 'Time since the newest sample of a job that was scored',
    labelNames: ['job'],
    registers,
    async collect() {
      const ages = await scoringAges(deps);
      this.reset();
      ages.forEach(({ job, delayMs }) => {
        this.set({ job }, delayMs / 1_000);
      });
    },
  });
  new Gauge({
    name: 'aiops_scored_jobs',
    help: 'Jobs that are scored, by whether the newest score is at most three steps old',
    labelNames: ['state'],
    registers,
    async collect() {
      const ages = await scoringAges(deps);
      const fresh = ages.filter(({ isFresh }) => isFresh).length;
      this.set({ state: 'fresh' }, fresh);
      this.set({ state: 'late' }, ages.length - fresh);
    },
  });
}

function registerVerdicts({ registry, database }: ScoringMetricsDeps): void {
  const registers = [registry];
  new Gauge({
    name: 'aiops_anomalies_open',
    help: 'Anomalies that last',
    registers,
    async collect() {
      this.set(await countOpen(database));
    },
  });
  new Gauge({
    name: 'aiops_judged_anomalies',
    help: 'Anomalies that people judged, by job and by whether they were real',
    labelNames: ['job', 'verdict'],
    registers,
    async collect() {
      const byJob = await precisionByJob(database);
      this.reset();
      for (const [job, { judged, precision }] of byJob) {
        const real = Math.round(judged * (precision ?? 0));
        this.set({ job, verdict: 'real' }, real);
        this.set({ job, verdict: 'other' }, judged - real);
      }
    },
  });
}

function registerReceivers(deps: ScoringMetricsDeps): void {
  const { clock } = deps;
  receiverGauge(
    deps,
    ['aiops_receiver_working', '1 while a receiver of results takes them, else 0; missing before the first was sent'],
    ({ state }) => (state === 'idle' ? undefined : Number(state === 'working'))
  );
  receiverGauge(
    deps,
    ['aiops_receiver_queue_age_seconds', 'Age of the oldest message that waits for a receiver; 0 when none does'],
    ({ oldestWaitingAtMs: sinceMs }) => (sinceMs === null ? 0 : Math.max(0, clock.nowMs() - sinceMs) / 1_000)
  );
  receiverGauge(deps, ['aiops_receiver_queue_length', 'Messages that wait for a receiver'], ({ waiting }) => waiting);
}

function receiverGauge(
  { registry, receivers }: ScoringMetricsDeps,
  [name, help]: readonly [string, string],
  valueOf: (receiver: ReceiverStatus) => number | undefined
): void {
  new Gauge({
    name,
    help,
    labelNames: ['receiver', 'kind'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const receiver of await receivers()) {
        const value = valueOf(receiver);
        if (value !== undefined) {
          this.set({ receiver: receiver.name, kind: receiver.kind }, value);
        }
      }
    },
  });
}
