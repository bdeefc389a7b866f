import type { JobState } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { BandReader, ForecastSeriesEntry } from './band-reader.ts';
import type { BandRepository } from './band-repository.ts';
import type { JobRecord } from './job-record.ts';
import type { JobRepository } from './job-repository.ts';
import type { JobSources } from './job-sources.ts';
import type { ObservedReader } from './observed-reader.ts';
import type { SeriesRecord, SeriesRepository } from './series-repository.ts';

export interface BandReaderDeps {
  readonly jobs: JobRepository;
  readonly series: SeriesRepository;
  readonly bands: BandRepository;
  readonly observed: ObservedReader;
  readonly sources: JobSources;
  /** State of a job now: it depends on the clock, so it is not kept. */
  readonly stateOf: (record: JobRecord) => JobState;
}

interface Listing {
  readonly records: ReadonlyMap<string, JobRecord>;
  readonly series: readonly SeriesRecord[];
}

/** The reader of bands, with the list of series in memory until `invalidate`. */
export function createBandReader(deps: BandReaderDeps): BandReader & { invalidate(): void } {
  let listing: Promise<Listing> | undefined;
  const read = (): Promise<Listing> => {
    const reading = (listing ??= readListing(deps));
    reading.catch(() => {
      listing = undefined;
    });
    return reading;
  };
  return {
    invalidate: () => {
      listing = undefined;
    },
    listSeries: async () => entriesOf(deps, await read()),
    readBands: (seriesIds, startMs, endMs) => deps.bands.read(seriesIds, startMs, endMs),
    observed: async (job, range, signal) => {
      const record = (await read()).records.get(job);
      if (record === undefined) {
        throw new AppError('not_found', `job "${job}" does not exist`);
      }
      return await deps.observed.read(record.spec, range, signal);
    },
  };
}

async function readListing(deps: BandReaderDeps): Promise<Listing> {
  const records = await deps.jobs.all();
  return { records: new Map(records.map((record) => [record.spec.name, record])), series: await deps.series.all() };
}

function entriesOf(deps: BandReaderDeps, { records, series }: Listing): readonly ForecastSeriesEntry[] {
  const jobs = new Map(
    [...records].map(([name, record]) => [
      name,
      { job: record.spec, source: deps.sources.nameOf(record.spec), jobState: deps.stateOf(record) },
    ])
  );
  return series.flatMap(({ job, id, labels, trainedAtMs, state }) => {
    const ofJob = jobs.get(job);
    return ofJob === undefined
      ? []
      : [{ ...ofJob, seriesId: id, labels, trainedAtMs: trainedAtMs ?? undefined, state }];
  });
}
