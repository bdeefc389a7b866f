import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { CalendarSpec, CalendarSummary } from '../contract/calendar.ts';
import type { JobSpec } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { Actor } from '../jobs/jobs.ts';
import type { Database } from '../store/database.ts';
import { CalendarRepository } from './calendar-repository.ts';
import { Calendar } from './calendar.ts';
import { IcalReader } from './ical-reader.ts';
import type { Occurrence } from './occurrences.ts';

export interface CalendarBookDeps {
  readonly database: Database;
  /** Those of aiops.yaml, checked. */
  readonly provisioned: readonly CalendarSpec[];
  /** Path of aiops.yaml, for people. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The jobs there are: which calendars they name. */
  readonly listJobs: () => Promise<ReadonlyArray<{ readonly spec: Pick<JobSpec, 'name' | 'calendars'> }>>;
}

type Named = Pick<JobSpec, 'calendars'>;

const lookEveryMs = 30_000;
const maxCalendars = 500;

/** Calendars of files and of the API; their events are read again and again between `start` and `stop`. */
export class CalendarBook {
  readonly #deps: CalendarBookDeps;
  readonly #repository: CalendarRepository;
  readonly #reader = new IcalReader();
  readonly #stopping = new AbortController();
  readonly #known = new Map<string, Calendar>();
  #loop: Promise<void> | undefined;

  constructor(deps: CalendarBookDeps) {
    this.#deps = deps;
    this.#repository = new CalendarRepository(deps.database);
    const origin = { kind: 'file', file: deps.file } as const;
    for (const spec of deps.provisioned) {
      this.#known.set(spec.name, this.#calendarOf(spec, origin));
    }
  }

  /** Reads which calendars there are, then their events in the background: an address may take its time. */
  async start(): Promise<void> {
    for (const { spec, by } of await this.#repository.all()) {
      if (this.#known.has(spec.name)) {
        const message = 'aiops.yaml defines a calendar of the API anew; that of the file counts';
        this.#deps.logger.warn({ calendar: spec.name }, message);
      } else {
        this.#known.set(spec.name, this.#calendarOf(spec, { kind: 'api', by }));
      }
    }
    this.#loop ??= this.#run();
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#reader.stop();
  }

  /** Names that jobs may use. */
  names(): readonly string[] {
    return [...this.#known.keys()];
  }

  /** By name. */
  async list(): Promise<CalendarSummary[]> {
    const jobs = (await this.#deps.listJobs()).map(({ spec }) => spec);
    return [...this.#known.values()]
      .sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1))
      .map((calendar) => calendar.summary(namesUsing(jobs, calendar.spec.name)));
  }

  /**
   * Reads its events once, then saves it.
   * @throws AppError `conflict` for a taken name, `invalid_request` naming what is wrong, `source_…`
   */
  async create(spec: CalendarSpec, actor: Actor, signal: AbortSignal): Promise<CalendarSummary> {
    if (this.#known.has(spec.name)) {
      throw new AppError('conflict', `there is a calendar "${spec.name}" already; choose another name`);
    }
    if (this.#known.size >= maxCalendars) {
      throw new AppError('conflict', `there are ${maxCalendars} calendars already; delete one that no job uses`);
    }
    return await this.#save(spec, actor, signal);
  }

  /** @throws AppError `not_found`, `read_only`, and as `create` */
  async update(spec: CalendarSpec, actor: Actor, signal: AbortSignal): Promise<CalendarSummary> {
    this.#refuseFixed(spec.name);
    return await this.#save(spec, actor, signal);
  }

  /** @throws AppError `not_found`, `read_only`, `conflict` when jobs use it */
  async remove(name: string): Promise<void> {
    this.#refuseFixed(name);
    const jobs = await this.#jobsUsing(name);
    if (jobs.length > 0) {
      throw new AppError('conflict', `calendar "${name}" is used by ${jobs.join(', ')}; take it out of them first`);
    }
    await this.#repository.remove(name);
    this.#known.delete(name);
  }

  /** What keeps a job's alerts back at an instant, for people: `calendar NAME: what is on`. */
  mutedBy(job: Named, timeMs: number): string | undefined {
    for (const calendar of this.#namedBy(job, 'maintenance')) {
      const on = calendar.at(timeMs);
      if (on !== undefined) {
        return `calendar ${calendar.spec.name}: ${on.name}`;
      }
    }
    return undefined;
  }

  /** What is on in calendars by name; one that does not exist is left out. */
  nowOf(
    names: readonly string[],
    timeMs: number
  ): ReadonlyArray<{
    readonly name: string;
    readonly on: { readonly name: string; readonly endMs: number } | null;
    readonly fault: string | null;
  }> {
    return names.flatMap((name) => {
      const calendar = this.#known.get(name);
      return calendar === undefined ? [] : [{ name, on: calendar.at(timeMs) ?? null, fault: calendar.error ?? null }];
    });
  }

  /** Holidays of a job that touch [fromMs, toMs), in order of start. */
  holidays(job: Named, fromMs: number, toMs: number): readonly Occurrence[] {
    return this.#namedBy(job, 'holidays')
      .flatMap((calendar) => calendar.occurrences(fromMs, toMs))
      .sort((a, b) => a.startMs - b.startMs);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const nowMs = this.#deps.clock.nowMs();
      for (const calendar of [...this.#known.values()].filter((one) => one.isDue(nowMs))) {
        await calendar.read(signal).catch((error: unknown) => {
          this.#sayUnread(calendar, error);
        });
      }
      // woken by stop only
      await this.#deps.clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  #sayUnread({ spec }: Calendar, error: unknown): void {
    if (!this.#stopping.signal.aborted) {
      this.#deps.logger.warn({ err: error, calendar: spec.name }, 'a calendar could not be read; its last events stay');
    }
  }

  async #save(spec: CalendarSpec, actor: Actor, signal: AbortSignal): Promise<CalendarSummary> {
    if (spec.file !== undefined) {
      const message = 'file: only calendars of aiops.yaml may name a file; give an address (ical) or periods';
      throw new AppError('invalid_request', message);
    }
    const calendar = this.#calendarOf(spec, { kind: 'api', by: actor.name });
    await calendar.read(AbortSignal.any([signal, this.#stopping.signal]));
    await this.#repository.save(spec, { by: actor.name, atMs: this.#deps.clock.nowMs() });
    this.#known.set(spec.name, calendar);
    return calendar.summary(await this.#jobsUsing(spec.name));
  }

  #refuseFixed(name: string): void {
    const calendar = this.#known.get(name);
    if (calendar === undefined) {
      throw new AppError('not_found', `calendar "${name}" does not exist`);
    }
    if (calendar.origin.kind === 'file') {
      const message = `calendar "${name}" is defined in ${calendar.origin.file}: change it there and restart`;
      throw new AppError('read_only', message);
    }
  }

  #calendarOf(spec: CalendarSpec, origin: CalendarSummary['origin']): Calendar {
    return new Calendar(spec, origin, { reader: this.#reader, clock: this.#deps.clock });
  }

  #namedBy(job: Named, use: CalendarSpec['use']): Calendar[] {
    return job.calendars.flatMap((name) => this.#known.get(name) ?? []).filter(({ spec }) => spec.use === use);
  }

  async #jobsUsing(calendar: string): Promise<string[]> {
    return namesUsing(
      (await this.#deps.listJobs()).map(({ spec }) => spec),
      calendar
    );
  }
}

function namesUsing(jobs: ReadonlyArray<Pick<JobSpec, 'name' | 'calendars'>>, calendar: string): string[] {
  return jobs.filter(({ calendars }) => calendars.includes(calendar)).map(({ name }) => name);
}
