import type { JobSpec } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import { publicSeries, readJobForecast } from './job-forecast.ts';
import { existingJob, type JobParts } from './job-parts.ts';
import { previewHistory, previewJob } from './job-previews.ts';
import type { Jobs } from './jobs.ts';
import { offsetOf, pageOfItems } from './paging.ts';

type Reads = Pick<Jobs, 'list' | 'get' | 'series' | 'forecast' | 'fits' | 'previewJob' | 'preview'>;

/** What only looks at jobs. */
export function jobReads(parts: JobParts): Reads {
  const { jobs, fits, series, reader, summaryOf } = parts;
  return {
    list: async (query) => {
      const matching = (await jobs.all())
        .map(summaryOf)
        .filter((job) => query.state === undefined || job.state === query.state)
        .filter((job) => query.search === undefined || mentions(job.spec, query.search));
      const offset = offsetOf(query);
      return pageOfItems(matching.slice(offset, offset + query.limit), offset, matching.length);
    },
    get: async (name) => summaryOf(await existingJob(parts, name)),
    series: async (name, page) => {
      await existingJob(parts, name);
      const offset = offsetOf(page);
      const { items, total } = await series.page(name, page.limit, offset);
      return pageOfItems(items.map(publicSeries), offset, total);
    },
    forecast: async (name, seriesId, range, signal) => {
      const record = await existingJob(parts, name);
      const found = await series.find(name, seriesId);
      if (found === undefined) {
        throw new AppError('not_found', `job "${name}" has no series "${seriesId}"`);
      }
      const forecastDeps = { bands: reader, series, nowMs: parts.clock.nowMs() };
      return await readJobForecast(forecastDeps, { record, series: found, range }, signal);
    },
    fits: async (name, page) => {
      await existingJob(parts, name);
      const offset = offsetOf(page);
      const { items, total } = await fits.page(name, page.limit, offset);
      return pageOfItems(items, offset, total);
    },
    previewJob: (spec, seriesIndex, signal) => previewJob(parts, { spec, seriesIndex }, signal),
    preview: (request, signal) => previewHistory(parts, request, signal),
  };
}

function mentions(spec: JobSpec, search: string): boolean {
  const titles = typeof spec.title === 'object' ? Object.values(spec.title) : [spec.title ?? ''];
  const needle = search.toLowerCase();
  return [spec.name, spec.query, ...titles].some((text) => text?.toLowerCase().includes(needle) === true);
}
