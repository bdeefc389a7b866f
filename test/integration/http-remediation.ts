import { AppError } from '../../backend/src/errors.ts';
import type { RemediationApi } from '../../backend/src/http/remediation-api.ts';

const missing = (what: string) => () => Promise.reject(new AppError('not_found', `${what} does not exist`));
const emptyPage = () => Promise.resolve({ items: [], nextCursor: null, total: 0 });

/** Remediation of a backend without engines: nothing came in and nothing was done. */
export function noRemediation(): RemediationApi {
  const run = missing('the run');
  const policy = missing('the policy');
  return {
    status: () =>
      Promise.resolve({
        ...{ configured: false, killSwitches: [], openEpisodes: 0, awaitingApproval: 0, openRuns: 0 },
        ...{ blockedTargets: [], webhooks: [], engines: [] },
        last30Days: { runs: 0, verified: 0, failed: 0, medianRecoveryMs: null },
      }),
    policies: {
      ...{ list: () => Promise.resolve([]), get: policy, versions: policy, save: policy, remove: policy },
      setMode: policy,
    },
    replay: policy,
    proposer: { proposals: () => Promise.resolve({ episode: null, items: [] }) },
    runs: {
      ...{ list: emptyPage, detail: run, request: run, dryRun: run, decide: run, cancel: run, release: run },
      episode: missing('the episode'),
    },
    stream: {
      open: (response) => {
        response.end();
      },
    },
    episodes: { list: emptyPage },
    switches: {
      list: () => [],
      set: (request, by) => Promise.resolve({ ...request, by, atMs: 1 }),
    },
    audit: {
      list: emptyPage,
      verify: () =>
        Promise.resolve({ ok: true, entries: 0, head: null, fault: null, clockSteps: [], longestGap: null }),
      async *exportLines() {},
    },
  };
}
