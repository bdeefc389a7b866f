import type { z } from 'zod';
import { JobSummary } from '../../backend/src/contract/index.ts';
import type { DemoLine } from './line.ts';
import { shopJobName } from './shop/watch.ts';
import { waitFor } from './wait.ts';

const trainingDeadlineMs = 180_000;
/** The jobs that have history from the start; those of the shop are warming up for days. */
export const historyJobNames = ['datacenter-cpu', 'datacenter-memory'] as const;

const JobAnswer = JobSummary.pick({ state: true, stateReason: true });
type JobAnswer = z.infer<typeof JobAnswer>;

async function readJob({ backendUrl, token }: DemoLine, name: string, signal: AbortSignal): Promise<JobAnswer> {
  const answer = await fetch(`${backendUrl}/api/v1/jobs/${name}`, {
    headers: { authorization: `Bearer ${token}`, 'x-aiops-grant': 'insights:read' },
    signal,
  });
  if (!answer.ok) {
    throw new Error(`the backend answered ${answer.status} for ${name}: ${await answer.text()}`);
  }
  return JobAnswer.parse(await answer.json());
}

/** Waits until the jobs over the recorded history are trained. */
export async function waitForForecast(line: DemoLine): Promise<void> {
  for (const name of [...historyJobNames, shopJobName]) {
    await waitFor(`a forecast of ${name}`, trainingDeadlineMs, async (signal) => {
      const job = await readJob(line, name, signal);
      if (job.state === 'failing') {
        throw new Error(job.stateReason ?? 'the job is failing');
      }
      return job.state === 'fresh' ? true : undefined;
    });
  }
}
