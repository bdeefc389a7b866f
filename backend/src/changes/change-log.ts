import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ChangeRecord, ChangeRequest } from '../contract/change.ts';
import { parseDurationMs } from '../contract/duration.ts';
import { AppError } from '../errors.ts';
import type { Actor } from '../jobs/jobs.ts';
import type { Database } from '../store/database.ts';
import type { Labels } from '../timeseries/series.ts';
import { ChangeRepository } from './change-repository.ts';
import { wideningOf } from './widening.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const longestMs = 6 * hourMs;
/** A change that is told later than this widens nothing that is still to come. */
const oldestMs = 90 * dayMs;
const keptMs = 90 * dayMs;
/** Clocks differ. */
const aheadMs = 60_000;
/** Scoring catches up this far. */
const activeBackMs = 2 * dayMs;
const maxActive = 5_000;

/** A change as whoever found it knows it; the same id again brings it up to date. */
export interface FoundChange extends Omit<ChangeRecord, 'widenUntilMs' | 'source'> {
  readonly widenForMs: number;
}

export interface ChangeLogDeps {
  readonly database: Database;
  readonly clock: Clock;
}

/** Deploys and other changes. Those that may widen a band are in memory, since each tick asks for every series. */
export class ChangeLog {
  readonly #repository: ChangeRepository;
  readonly #clock: Clock;
  #active: readonly ChangeRecord[] = [];

  constructor({ database, clock }: ChangeLogDeps) {
    this.#repository = new ChangeRepository(database);
    this.#clock = clock;
  }

  async start(): Promise<void> {
    this.#active = await this.#repository.activeSince(this.#clock.nowMs() - activeBackMs);
  }

  async list(query: { readonly from?: number | undefined; readonly to?: number | undefined }): Promise<ChangeRecord[]> {
    const nowMs = this.#clock.nowMs();
    return await this.#repository.list({ fromMs: query.from ?? nowMs - 7 * dayMs, toMs: query.to ?? nowMs });
  }

  /** A change that a person or a pipeline tells. @throws AppError `invalid_request` for a time out of bounds */
  async record(request: ChangeRequest, actor: Actor): Promise<ChangeRecord> {
    const nowMs = this.#clock.nowMs();
    const { atMs = nowMs } = request;
    if (atMs > nowMs + aheadMs || atMs < nowMs - oldestMs) {
      throw invalid('atMs', 'expected an instant of the last 90 days, in epoch milliseconds');
    }
    const widenForMs = parseDurationMs(request.widenFor) ?? 0;
    if (widenForMs > longestMs) {
      throw invalid('widenFor', 'expected at most 6h: a band that stays wide sees nothing');
    }
    const { title, labels, url = null } = request;
    const change = { id: randomUUID(), title, labels, atMs, url, by: actor.name, widenForMs };
    return await this.#keep(change, 'api');
  }

  /** A change that was found in Grafana. Its widening is cut to six hours. */
  async recordFound(change: FoundChange): Promise<ChangeRecord> {
    return await this.#keep(change, 'grafana');
  }

  /** By how much the band of a series is wider at an instant; from 2 right after a change down to 1. */
  widening(labels: Labels, timeMs: number): number {
    return this.#active.length === 0 ? 1 : wideningOf(this.#active, labels, timeMs);
  }

  async #keep({ widenForMs, ...found }: FoundChange, source: ChangeRecord['source']): Promise<ChangeRecord> {
    const nowMs = this.#clock.nowMs();
    const change: ChangeRecord = {
      ...found,
      source,
      widenUntilMs: found.atMs + Math.min(longestMs, Math.max(0, widenForMs)),
    };
    await this.#repository.save(change);
    await this.#repository.prune(nowMs - keptMs);
    const others = this.#active.filter(
      ({ id, widenUntilMs }) => id !== change.id && widenUntilMs > nowMs - activeBackMs
    );
    this.#active = [change, ...others].slice(0, maxActive);
    return change;
  }
}

function invalid(key: string, message: string): AppError {
  const issues = [{ path: `body.${key}`, message }];
  return new AppError('invalid_request', `body.${key}: ${message}`, { context: { issues } });
}
