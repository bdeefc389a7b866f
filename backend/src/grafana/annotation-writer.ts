import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { AppError, messageOf } from '../errors.ts';
import type { AnnotationApi, DrawnAnnotation } from './annotation-api.ts';
import {
  planAnnotations,
  regionEndMs,
  retentionMs,
  type AnnotationRecord,
  type AnnotationStep,
  type DrawnPanel,
  type JobPanels,
} from './annotation-plan.ts';
import type { AnnotationRepository } from './annotation-repository.ts';

export interface AnnotationWriterDeps {
  readonly repository: AnnotationRepository;
  readonly api: AnnotationApi;
  /** The jobs that draw, and where. */
  readonly panels: () => Promise<ReadonlyMap<string, JobPanels>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface AnnotationStatus {
  /** Changes that Grafana has not been told yet. */
  readonly waiting: number;
  /** When all was told last; null before the first time. */
  readonly inStepAtMs: number | null;
  /** Why changes wait; null when nothing is wrong. */
  readonly error: string | null;
  /** Panels that refused an annotation, with the cause; at most 20. */
  readonly refused: ReadonlyArray<DrawnPanel & { readonly error: string }>;
}

const everyMs = 5_000;
/** Four changes a second: an hour's worth is caught up within minutes, and Grafana's people don't notice. */
const stepsPerTurn = 20;
/** What ended before that is not drawn on a panel that has none of it yet. */
const drawBackMs = 7 * 86_400_000;
const sweepEveryMs = 6 * 3_600_000;
const shownRefusals = 20;

/** Keeps Grafana's annotations in step with the anomalies that the store holds. */
export class AnnotationWriter {
  readonly #deps: AnnotationWriterDeps;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #status: AnnotationStatus = { waiting: 0, inStepAtMs: null, error: null, refused: [] };
  #sweptAtMs = -Infinity;

  constructor(deps: AnnotationWriterDeps) {
    this.#deps = deps;
  }

  get status(): AnnotationStatus {
    return this.#status;
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) {
        this.#deps.logger.error({ err: error }, 'the writer of annotations ended; restart the backend');
      }
    });
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      const outcome = await this.turn(signal);
      failures = outcome.ok ? 0 : failures + 1;
      const waitMs = outcome.ok ? everyMs : backOffMs(failures, this.#deps.random(), outcome.retryAfterMs);
      await this.#deps.clock.sleep(waitMs, signal);
    }
  }

  /**
   * Tells Grafana at most 20 changes, in order; ends at the first fault that is not one panel's.
   * @returns whether the next turn may follow at once
   */
  async turn(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly retryAfterMs: number }> {
    try {
      const steps = await this.#plan();
      this.#status = { ...this.#status, waiting: steps.length };
      for (const step of steps.slice(0, stepsPerTurn)) {
        signal.throwIfAborted();
        await this.#takeStep(step, signal);
        this.#status = { ...this.#status, waiting: this.#status.waiting - 1 };
      }
      await this.#sweep(signal);
      this.#succeeded();
      return { ok: true, retryAfterMs: 0 };
    } catch (error) {
      signal.throwIfAborted();
      return { ok: false, retryAfterMs: this.#failed(error) };
    }
  }

  #succeeded(): void {
    if (this.#status.error !== null) {
      this.#deps.logger.info({ waiting: this.#status.waiting }, 'annotations are written to Grafana again');
    }
    const inStepAtMs = this.#status.waiting === 0 ? this.#deps.clock.nowMs() : this.#status.inStepAtMs;
    this.#status = { ...this.#status, inStepAtMs, error: null };
  }

  #failed(error: unknown): number {
    const message = messageOf(error);
    if (this.#status.error !== message) {
      this.#deps.logger.warn({ err: error, waiting: this.#status.waiting }, 'annotations wait');
    }
    this.#status = { ...this.#status, error: message };
    const asked = error instanceof AppError ? error.context['retryAfterMs'] : undefined;
    return typeof asked === 'number' ? asked : 0;
  }

  async #plan(): Promise<readonly AnnotationStep[]> {
    const { repository, clock, panels } = this.#deps;
    const nowMs = clock.nowMs();
    const jobs = await panels();
    const records = await repository.records();
    const drawing = [...jobs].filter(([, { panels: ofJob, exact }]) => ofJob.length > 0 || !exact);
    const anomalies = await repository.anomalies(
      drawing.map(([job]) => job),
      nowMs - drawBackMs
    );
    const refused = records.flatMap(({ dashboardUid, panelId, error }) =>
      error === null ? [] : [{ dashboardUid, panelId, error }]
    );
    this.#status = { ...this.#status, refused: refused.slice(0, shownRefusals) };
    const none: JobPanels = { panels: [], exact: true };
    return planAnnotations({ anomalies, records, nowMs, panelsOf: (job) => jobs.get(job) ?? none });
  }

  async #takeStep(step: AnnotationStep, signal: AbortSignal): Promise<void> {
    switch (step.kind) {
      case 'draw':
        return await this.#orRefused(blank(step.anomaly.id, step.panel), () => this.#draw(step, signal));
      case 'extend':
        return await this.#orRefused(step.record, () => this.#extend(step, signal));
      case 'erase':
        return await this.#orRefused(step.record, () => this.#erase(step.record, signal));
    }
  }

  /** Keeps what is wrong with one annotation beside it, so that the others go on; the rest ends the turn. */
  async #orRefused(record: AnnotationRecord, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof AppError) || !isAboutOne(error)) {
        throw error;
      }
      this.#deps.logger.warn({ ...keyFacts(record), err: error }, 'Grafana refused an annotation');
      await this.#save({ ...record, error: error.message });
    }
  }

  /** The record comes first and the look for an earlier one second: a crash at any point draws nothing twice. */
  async #draw(step: Extract<AnnotationStep, { kind: 'draw' }>, signal: AbortSignal): Promise<void> {
    const { api } = this.#deps;
    const { anomaly, panel } = step;
    const record = blank(anomaly.id, panel);
    await this.#save(record);
    const [found, ...surplus] = await api.find(anomaly.id, panel, signal);
    await this.#eraseAll(surplus, signal);
    if (found !== undefined) {
      await this.#save({ ...record, annotationId: found.id, endMs: found.endMs });
      return;
    }
    const { id, endMs } = await api.create(anomaly, panel, signal);
    await this.#save({ ...record, annotationId: id, endMs, closed: anomaly.state === 'closed' });
  }

  async #extend(step: Extract<AnnotationStep, { kind: 'extend' }>, signal: AbortSignal): Promise<void> {
    const { anomaly, record } = step;
    const id = record.annotationId;
    if (id === null) {
      return;
    }
    const isThere = await this.#deps.api.change(id, anomaly, signal);
    const changed = { endMs: regionEndMs(anomaly), closed: anomaly.state === 'closed', error: null };
    await this.#save({ ...record, ...(isThere ? changed : { annotationId: null, closed: true, error: null }) });
  }

  async #erase(record: AnnotationRecord, signal: AbortSignal): Promise<void> {
    const { api, repository } = this.#deps;
    const { annotationId } = record;
    const drawn = annotationId === null ? await api.find(record.anomalyId, record, signal) : [{ id: annotationId }];
    await this.#eraseAll(drawn, signal);
    await repository.remove(record);
  }

  async #eraseAll(drawn: ReadonlyArray<Pick<DrawnAnnotation, 'id'>>, signal: AbortSignal): Promise<void> {
    for (const { id } of drawn) {
      await this.#deps.api.erase(id, signal);
    }
  }

  async #save(record: AnnotationRecord): Promise<void> {
    await this.#deps.repository.save({ ...record, updatedAtMs: this.#deps.clock.nowMs() });
  }

  /** Grafana keeps annotations for ever: ours of anomalies that the store has forgotten are looked for there. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    if (nowMs - this.#sweptAtMs < sweepEveryMs) {
      return;
    }
    const old = await this.#deps.api.endedBefore(nowMs - retentionMs, signal);
    await this.#eraseAll(old.slice(0, stepsPerTurn), signal);
    // While there are more, the next turn takes the next ones.
    this.#sweptAtMs = old.length > stepsPerTurn ? -Infinity : nowMs;
  }
}

function blank(anomalyId: string, { dashboardUid, panelId }: DrawnPanel): AnnotationRecord {
  const nothing = { annotationId: null, endMs: null, closed: false, updatedAtMs: 0, error: null };
  return { anomalyId, dashboardUid, panelId, ...nothing };
}

function keyFacts({ anomalyId, dashboardUid, panelId }: AnnotationRecord): object {
  return { anomalyId, dashboardUid, panelId };
}

/** A refusal of this annotation, which says nothing about the next one. */
function isAboutOne({ context }: AppError): boolean {
  const { status } = context;
  return typeof status === 'number' && status >= 400 && status !== 429 && status <= 500;
}
