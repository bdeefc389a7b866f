import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { KillSwitch, RemediationStatus, type KillSwitchRequest } from '../../backend/src/contract/index.ts';
import { send } from './client.ts';
import { endpoints } from './endpoints.ts';

/** Everything about remediation begins with this key: one change may concern all of it. */
export const remediationKey = ['remediation'] as const;

const changeDeadlineMs = 60_000;
export const changeDeadline = () => AbortSignal.timeout(changeDeadlineMs);

const statusMs = 10_000;
/** A switch that another person turned is seen within two seconds, the request included. */
const switchMs = 1_500;
const brokenMs = 15_000;
const switchKey = [...remediationKey, 'kill-switches'] as const;
const KillSwitches = z.object({ items: z.array(KillSwitch) });

/** What remediation is made of here and how it goes; asked again every 10 s while it is shown. */
export function useRemediationStatus() {
  return useQuery({
    queryKey: [...remediationKey, 'status'],
    queryFn: ({ signal }) => send(endpoints.remediationStatus(), RemediationStatus, signal),
    refetchInterval: ({ state }) => (state.status === 'error' ? false : statusMs),
  });
}

/** All switches that were ever set, as fresh as people must see them in an emergency. */
export function useKillSwitches() {
  return useQuery({
    queryKey: switchKey,
    queryFn: async ({ signal }) => (await send(endpoints.killSwitches(), KillSwitches, signal)).items,
    refetchInterval: ({ state }) => (state.status === 'error' ? brokenMs : switchMs),
  });
}

/** Stops remediation, one policy or one target, or lets it go on. */
export function useSetKillSwitch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: z.input<typeof KillSwitchRequest>) =>
      send(endpoints.setKillSwitch(request), KillSwitch, changeDeadline()),
    onSuccess: () => client.invalidateQueries({ queryKey: remediationKey }),
  });
}
