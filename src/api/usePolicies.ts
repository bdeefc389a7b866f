import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import {
  PolicySummary,
  PolicyVersion,
  ReplayReport,
  type PolicyMode,
  type ReplayRequest,
} from '../../backend/src/contract/index.ts';
import { send } from './client.ts';
import { endpoints } from './endpoints.ts';
import { changeDeadline, remediationKey } from './useRemediation.ts';

const policiesKey = [...remediationKey, 'policies'] as const;
const refreshMs = 15_000;
const replayDeadlineMs = 60_000;
const Policies = z.object({ items: z.array(PolicySummary) });
const Versions = z.object({ items: z.array(PolicyVersion) });

/** All policies, from files and made over the API. */
export function usePolicies() {
  return useQuery({
    queryKey: policiesKey,
    queryFn: async ({ signal }) => (await send(endpoints.listPolicies(), Policies, signal)).items,
    refetchInterval: ({ state }) => (state.status === 'error' ? false : refreshMs),
  });
}

export function usePolicy(name: string) {
  return useQuery({
    queryKey: [...policiesKey, name],
    queryFn: ({ signal }) => send(endpoints.getPolicy(name), PolicySummary, signal),
  });
}

/** Every version of a policy, as it was at the time. */
export function usePolicyVersions(name: string) {
  return useQuery({
    queryKey: [...policiesKey, name, 'versions'],
    queryFn: async ({ signal }) => (await send(endpoints.policyVersions(name), Versions, signal)).items,
  });
}

/** Sets how far a policy goes alone. */
export function useSetPolicyMode(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (mode: PolicyMode) => send(endpoints.setPolicyMode(name, mode), PolicySummary, changeDeadline()),
    onSuccess: () => client.invalidateQueries({ queryKey: remediationKey }),
  });
}

/** What a policy would have done on the episodes that were recorded. */
export function useReplay() {
  return useMutation({
    mutationFn: (request: z.input<typeof ReplayRequest>) =>
      send(endpoints.replayPolicy(request), ReplayReport, AbortSignal.timeout(replayDeadlineMs)),
  });
}
