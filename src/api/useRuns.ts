import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import {
  DryRunReport,
  openRunStates,
  pageOf,
  Proposals,
  Run,
  RunDetail,
  RunEvent,
  type ApprovalRequest,
  type ProposalRequest,
  type RunListQuery,
  type RunRequest,
  type RunState,
} from '../../backend/src/contract/index.ts';
import { send } from './client.ts';
import { endpoints, type ListFilter } from './endpoints.ts';
import { parseMessage, readEventStream, type StreamMessage } from './eventStream.ts';
import { changeDeadline, remediationKey } from './useRemediation.ts';

const runsMs = 5_000;
const firstWaitMs = 1_000;
const longestWaitMs = 15_000;
/** A dry run answers when it has ended, after two minutes at most. */
const dryRunDeadlineMs = 150_000;
const RunPage = pageOf(Run);

/** Whether more will happen to a run by itself. */
export function isOpenRun(state: RunState): boolean {
  return openRunStates.some((open) => open === state);
}

/** Runs that match, newest first, a page at a time; asked again every 5 s while they are shown. */
export function useRuns(filter: ListFilter<RunListQuery>) {
  return useInfiniteQuery({
    queryKey: [...remediationKey, 'runs', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => send(endpoints.listRuns({ ...filter, cursor: pageParam }), RunPage, signal),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) => (state.status === 'error' ? false : runsMs),
  });
}

function runQuery(id: string) {
  return queryOptions({
    queryKey: [...remediationKey, 'run', id],
    queryFn: ({ signal }) => send(endpoints.getRun(id), RunDetail, signal),
  });
}

/** An event in its place by number; one that is known already changes nothing. */
export function withEvent(detail: RunDetail, event: RunEvent): RunDetail {
  if (detail.events.some(({ seq }) => seq === event.seq)) {
    return detail;
  }
  return { ...detail, events: [...detail.events, event].sort((a, b) => a.seq - b.seq) };
}

function withMessage(detail: RunDetail, message: StreamMessage): RunDetail {
  if (message.event === 'run') {
    const run = parseMessage(message, Run);
    return run === undefined ? detail : { ...detail, run };
  }
  const event = parseMessage(message, RunEvent);
  return event === undefined ? detail : withEvent(detail, event);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

interface Follower {
  readonly newestSeq: () => number | undefined;
  readonly onMessage: (message: StreamMessage) => void;
  /** The stream broke or ended: what came meanwhile is asked for. */
  readonly onBreak: () => void;
}

/** Reads a run's events until `signal` is aborted; a broken stream is taken up again where it broke. */
async function follow(id: string, follower: Follower, signal: AbortSignal): Promise<void> {
  let waitMs = firstWaitMs;
  while (!signal.aborted) {
    try {
      const lastEventId = follower.newestSeq()?.toString();
      const onMessage = (message: StreamMessage) => {
        waitMs = firstWaitMs;
        follower.onMessage(message);
      };
      await readEventStream(endpoints.runEvents(id), { onMessage, signal, lastEventId });
    } catch {
      // A proxy in between cut it, or the backend restarts: asking takes its place until it is back.
    }
    if (!signal.aborted) {
      follower.onBreak();
      await pause(waitMs, signal);
      waitMs = Math.min(2 * waitMs, longestWaitMs);
    }
  }
}

/** A run with what its engine says, followed live until it has ended. */
export function useLiveRun(id: string) {
  const client = useQueryClient();
  const detail = useQuery(runQuery(id));
  const state = detail.data?.run.state;
  const open = state !== undefined && isOpenRun(state);
  useEffect(() => {
    if (!open) {
      return undefined;
    }
    const { queryKey } = runQuery(id);
    const stop = new AbortController();
    const follower: Follower = {
      newestSeq: () => client.getQueryData(queryKey)?.events.at(-1)?.seq,
      onMessage: (message) =>
        void client.setQueryData(queryKey, (known) => (known === undefined ? known : withMessage(known, message))),
      onBreak: () => void client.invalidateQueries({ queryKey }),
    };
    void follow(id, follower, stop.signal);
    return () => stop.abort();
  }, [client, id, open]);
  return detail;
}

/** What each policy would do about an alert; asked for anew each time it is opened. */
export function useProposals(request: ProposalRequest) {
  return useQuery({
    queryKey: [...remediationKey, 'proposals', request],
    queryFn: ({ signal }) => send(endpoints.propose(request), Proposals, signal),
    staleTime: 0,
  });
}

/** What a plan would change, without changing it. */
export function useDryRun() {
  return useMutation({
    mutationFn: (request: RunRequest) =>
      send(endpoints.dryRun(request), DryRunReport, AbortSignal.timeout(dryRunDeadlineMs)),
  });
}

/** A change of one run, after which everything about remediation is read anew. */
function useRunChange<T>(change: (given: T) => Promise<Run>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    // Also when it was refused: the run is not what the page shows, then.
    onSettled: () => client.invalidateQueries({ queryKey: remediationKey }),
  });
}

export function useStartRun() {
  return useRunChange((request: RunRequest) => send(endpoints.startRun(request), Run, changeDeadline()));
}

export function useDecideRun(id: string) {
  return useRunChange((request: ApprovalRequest) => send(endpoints.decideRun(id, request), Run, changeDeadline()));
}

export function useCancelRun(id: string) {
  return useRunChange((_none: void) => send(endpoints.cancelRun(id), Run, changeDeadline()));
}

export function useReleaseRun(id: string) {
  return useRunChange((reason: string) => send(endpoints.releaseRun(id, reason), Run, changeDeadline()));
}
