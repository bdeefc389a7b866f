import { JobListQuery, type JobSummary } from '../contract/index.ts';
import type { Jobs } from '../jobs/jobs.ts';

const pageLimit = 500;
const maxPages = 100;

/** Every job, page by page; at most 50,000. */
export async function allJobs(jobs: Pick<Jobs, 'list'>): Promise<JobSummary[]> {
  const found: JobSummary[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await jobs.list(JobListQuery.parse({ limit: pageLimit, cursor }));
    found.push(...answer.items);
    if (answer.nextCursor === null) {
      return found;
    }
    cursor = answer.nextCursor;
  }
  return found;
}
