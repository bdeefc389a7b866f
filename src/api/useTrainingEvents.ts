import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ServerEvent } from '../../backend/src/contract/index.ts';
import { jobKeys } from './useJobs.ts';
import { useServerEvents } from './useServerEvents.ts';

export type TrainingProgress = Extract<ServerEvent, { kind: 'training' }>;

const pollMs = 5_000;

/**
 * Progress of a job's training while the page is open: by events, or by asking every 5 s when the stream fails.
 * @returns the latest event of a training of this job; undefined before the first
 */
export function useTrainingEvents(job: string): TrainingProgress | undefined {
  const client = useQueryClient();
  const [progress, setProgress] = useState<TrainingProgress>();
  const refresh = () => void client.invalidateQueries({ queryKey: jobKeys.one(job) });
  const onEvent = (event: ServerEvent) => {
    if (event.job !== job) {
      return;
    }
    if (event.kind === 'training') {
      setProgress(event);
    }
    if (event.kind === 'job' || (event.kind === 'training' && event.ended)) {
      refresh();
    }
  };
  useServerEvents({ onEvent, poll: refresh, pollMs });
  return progress?.job === job ? progress : undefined;
}
