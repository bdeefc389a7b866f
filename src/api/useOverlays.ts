import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { OverlayEdit, OverlayTargets, type OverlayEditRequest } from '../../backend/src/contract/index.ts';
import type { z } from 'zod';
import { send } from './client.ts';
import { endpoints } from './endpoints.ts';

const deadlineMs = 60_000;

/** Panels whose expression is the job's query. */
export function useOverlayTargets(job: string | undefined) {
  return useQuery({
    queryKey: ['overlay-targets', job],
    enabled: job !== undefined,
    queryFn: ({ signal }) => send(endpoints.overlayTargets(job ?? ''), OverlayTargets, signal),
  });
}

export interface OverlayChange {
  readonly edit: z.input<typeof OverlayEditRequest>;
  readonly action: 'add' | 'remove';
}

/** Adds band and forecast of a job to a panel by one edit of its dashboard, or takes them away again. */
export function useOverlayEdit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ edit, action }: OverlayChange) => {
      const request = action === 'add' ? endpoints.addOverlay(edit) : endpoints.removeOverlay(edit);
      return send(request, OverlayEdit, AbortSignal.timeout(deadlineMs));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['dashboard'] }),
  });
}
