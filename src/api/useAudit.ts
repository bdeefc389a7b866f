import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { AuditCheck, AuditEntry, pageOf, type AuditListQuery } from '../../backend/src/contract/index.ts';
import { send, sendForText } from './client.ts';
import { endpoints, type ListFilter } from './endpoints.ts';
import { changeDeadline, remediationKey } from './useRemediation.ts';

const AuditPage = pageOf(AuditEntry);

/** Entries of the audit, newest first, a page at a time. */
export function useAudit(filter: ListFilter<AuditListQuery>) {
  return useInfiniteQuery({
    queryKey: [...remediationKey, 'audit', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => send(endpoints.listAudit({ ...filter, cursor: pageParam }), AuditPage, signal),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** Recomputes the whole chain. */
export function useAuditCheck() {
  return useMutation({ mutationFn: () => send(endpoints.checkAudit(), AuditCheck, changeDeadline()) });
}

/** The whole audit as NDJSON. */
export function useAuditExport() {
  return useMutation({ mutationFn: () => sendForText(endpoints.exportAudit(), changeDeadline()) });
}
