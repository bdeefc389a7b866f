import type { Response } from 'express';
import { z } from 'zod';
import {
  ApprovalRequest,
  AuditCheck,
  AuditEntry,
  AuditListQuery,
  DryRunReport,
  ProposalRequest,
  Proposals,
  Run,
  RunDetail,
  RunListQuery,
  RunRequest,
  pageOf,
} from '../../contract/index.ts';
import { route } from '../route.ts';
import { previewDeadlineMs, readDeadlineMs, smallLimitBytes, sourceDeadlineMs } from './limits.ts';
import { personOf } from './person.ts';

const RunPath = z.object({ id: z.string().min(1).max(100) });
const dryRunDeadlineMs = 150_000;

const propose = route({
  method: 'post',
  path: '/remediation/proposals',
  summary: 'What each policy would do about an alert now, exactly, and what each guard says',
  grant: 'remediation:plan',
  deadlineMs: previewDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: ProposalRequest,
  success: { status: 200, description: 'The proposals', schema: Proposals },
  errors: ['not_found'],
  handle: async (api, call) => ({
    kind: 'json',
    body: await api.remediation.proposer.proposals(call.body, personOf(call), call.signal),
  }),
});

const dryRun = route({
  method: 'post',
  path: '/remediation/dry-runs',
  summary: 'What a plan would change, as the engine says; changes nothing',
  grant: 'remediation:plan',
  deadlineMs: dryRunDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: RunRequest,
  success: { status: 200, description: 'What would change', schema: DryRunReport },
  errors: ['not_found', 'conflict'],
  handle: async (api, call) => ({
    kind: 'json',
    body: await api.remediation.runs.dryRun(call.body, personOf(call), call.signal),
  }),
});

const requestRun = route({
  method: 'post',
  path: '/remediation/runs',
  summary: 'Starts exactly the plan that was shown; when two must agree, it waits for another person',
  grant: 'remediation:run',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: RunRequest,
  success: { status: 201, description: 'The run', schema: Run },
  errors: ['not_found', 'conflict'],
  handle: async (api, call) => ({
    kind: 'json',
    body: await api.remediation.runs.request(call.body, personOf(call), call.signal),
  }),
});

const listRuns = route({
  method: 'get',
  path: '/runs',
  summary: 'Runs, newest first',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  query: RunListQuery,
  success: { status: 200, description: 'A page of runs', schema: pageOf(Run) },
  errors: [],
  handle: async (api, call) => ({ kind: 'json', body: await api.remediation.runs.list(call.query) }),
});

const getRun = route({
  method: 'get',
  path: '/runs/:id',
  summary: 'One run with its episode and all that it said',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: RunPath,
  success: { status: 200, description: 'The run', schema: RunDetail },
  errors: ['not_found'],
  handle: async (api, call) => ({ kind: 'json', body: await api.remediation.runs.detail(call.params.id) }),
});

const streamRun = route({
  method: 'get',
  path: '/runs/:id/events',
  summary: 'What a run says, as server-sent events; ?after= or Last-Event-ID goes on after an event',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: RunPath,
  query: z.object({ after: z.coerce.number().int().min(0).default(0) }),
  success: { status: 200, description: 'The stream', contentType: 'text/event-stream' },
  errors: ['not_found', 'busy'],
  async handle(api, call) {
    await api.remediation.runs.detail(call.params.id);
    return {
      kind: 'stream',
      open(response) {
        const last = Number(response.req.get('last-event-id') ?? 0);
        const after = Number.isSafeInteger(last) ? Math.max(last, call.query.after) : call.query.after;
        api.remediation.stream.open(response, call.params.id, after);
      },
    };
  },
});

const decideRun = route({
  method: 'put',
  path: '/runs/:id/approval',
  summary: "A person's yes or no to exactly the plan that was shown",
  grant: 'remediation:run',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  params: RunPath,
  body: ApprovalRequest,
  success: { status: 200, description: 'The run', schema: Run },
  errors: ['not_found', 'conflict'],
  handle: async (api, call) => ({
    kind: 'json',
    body: await api.remediation.runs.decide(call.params.id, call.body, personOf(call), call.signal),
  }),
});

const cancelRun = route({
  method: 'post',
  path: '/runs/:id/cancel',
  summary: 'Ends a run: what waits is taken back, what is at work is told to end',
  grant: 'remediation:run',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: RunPath,
  success: { status: 200, description: 'The run', schema: Run },
  errors: ['not_found', 'conflict'],
  handle: async (api, call) => ({
    kind: 'json',
    body: await api.remediation.runs.cancel(call.params.id, personOf(call)),
  }),
});

const releaseRun = route({
  method: 'post',
  path: '/runs/:id/release',
  summary: 'A person looked at targets of a run whose effect was not known, and frees them',
  grant: 'remediation:run',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  params: RunPath,
  body: z.strictObject({ reason: z.string().max(500).default('') }),
  success: { status: 200, description: 'The run', schema: Run },
  errors: ['not_found', 'conflict'],
  handle: async (api, call) => ({
    kind: 'json',
    body: await api.remediation.runs.release(call.params.id, call.body.reason, personOf(call)),
  }),
});

const listAudit = route({
  method: 'get',
  path: '/audit',
  summary: 'What was decided and done, newest first',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  query: AuditListQuery,
  success: { status: 200, description: 'A page of entries', schema: pageOf(AuditEntry) },
  errors: [],
  handle: async (api, call) => ({ kind: 'json', body: await api.remediation.audit.list(call.query) }),
});

const checkAudit = route({
  method: 'get',
  path: '/audit/check',
  summary: 'Whether every entry stands as it was written',
  grant: 'insights:read',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'The check', schema: AuditCheck },
  errors: [],
  handle: async (api) => ({ kind: 'json', body: await api.remediation.audit.verify() }),
});

const exportAudit = route({
  method: 'get',
  path: '/audit/export',
  summary: 'All entries, oldest first, one JSON object a line',
  grant: 'insights:read',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'The entries', contentType: 'application/x-ndjson' },
  errors: [],
  handle: async (api) =>
    Promise.resolve({
      kind: 'stream',
      open(response) {
        response.status(200).type('application/x-ndjson');
        void writeLines(response, api.remediation.audit.exportLines());
      },
    }),
});

/** A client that reads slowly is waited for; one that leaves ends it. */
async function writeLines(response: Response, lines: AsyncIterable<string>): Promise<void> {
  try {
    for await (const line of lines) {
      if (response.destroyed) {
        return;
      }
      if (!response.write(line)) {
        await new Promise<void>((resolve) => {
          response.once('drain', resolve);
          response.once('close', resolve);
        });
      }
    }
    response.end();
  } catch {
    // Half an export must not look like a whole one.
    response.destroy();
  }
}

export const runRoutes = [propose, dryRun, requestRun, listRuns, getRun, streamRun, decideRun, cancelRun, releaseRun];
export const auditRoutes = [listAudit, checkAudit, exportAudit];
