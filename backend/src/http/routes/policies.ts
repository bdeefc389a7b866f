import { z } from 'zod';
import {
  PolicyMode,
  PolicyName,
  PolicySpec,
  PolicySummary,
  PolicyVersion,
  ReplayReport,
  ReplayRequest,
} from '../../contract/index.ts';
import { AppError } from '../../errors.ts';
import { route } from '../route.ts';
import { readDeadlineMs, smallLimitBytes, sourceDeadlineMs } from './limits.ts';
import { namedActor } from './person.ts';

const PolicyPath = z.object({ name: PolicyName });

const listPolicies = route({
  method: 'get',
  path: '/policies',
  summary: 'All policies, with how far each may go alone and what came of it',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'The policies', schema: z.object({ items: z.array(PolicySummary) }) },
  errors: [],
  handle: async (api) => ({ kind: 'json', body: { items: await api.remediation.policies.list() } }),
});

const replay = route({
  method: 'post',
  path: '/policies/replay',
  summary: 'What a policy would have done on the episodes of the last days, with each guard; changes nothing',
  grant: 'remediation:plan',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: ReplayRequest,
  success: { status: 200, description: 'What it would have done', schema: ReplayReport },
  errors: [],
  handle: async (api, call) => ({ kind: 'json', body: await api.remediation.replay(call.body, call.signal) }),
});

const getPolicy = route({
  method: 'get',
  path: '/policies/:name',
  summary: 'One policy',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: PolicyPath,
  success: { status: 200, description: 'The policy', schema: PolicySummary },
  errors: ['not_found'],
  handle: async (api, call) => ({ kind: 'json', body: await api.remediation.policies.get(call.params.name) }),
});

const listVersions = route({
  method: 'get',
  path: '/policies/:name/versions',
  summary: 'Its versions, newest first',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: PolicyPath,
  success: { status: 200, description: 'The versions', schema: z.object({ items: z.array(PolicyVersion) }) },
  errors: ['not_found'],
  handle: async (api, call) => ({
    kind: 'json',
    body: { items: await api.remediation.policies.versions(call.params.name) },
  }),
});

const savePolicy = route({
  method: 'put',
  path: '/policies/:name',
  summary: 'Creates or changes a policy; each change is a version. To go further alone it takes /policy-modes',
  grant: 'remediation:plan',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  params: PolicyPath,
  body: PolicySpec,
  success: { status: 200, description: 'The policy', schema: PolicySummary },
  errors: ['read_only', 'conflict'],
  async handle(api, call) {
    if (call.body.name !== call.params.name) {
      throw new AppError('invalid_request', `body.name: expected "${call.params.name}", the name in the address`);
    }
    return { kind: 'json', body: await api.remediation.policies.save(call.body, namedActor(call)) };
  },
});

const setMode = route({
  method: 'put',
  // Not below /policies: routes of Grafana's proxy tell paths apart by their beginning, and this needs its own grant.
  path: '/policy-modes/:name',
  summary: 'How far it goes alone: observe, suggest, approve, auto. Auto has to be earned',
  grant: 'remediation:run',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  params: PolicyPath,
  body: z.strictObject({ mode: PolicyMode }),
  success: { status: 200, description: 'The policy', schema: PolicySummary },
  errors: ['not_found', 'read_only', 'conflict'],
  handle: async (api, call) => ({
    kind: 'json',
    body: await api.remediation.policies.setMode(call.params.name, call.body.mode, namedActor(call)),
  }),
});

const removePolicy = route({
  method: 'delete',
  path: '/policies/:name',
  summary: 'Deletes a policy of the API; its versions and runs stay',
  grant: 'remediation:plan',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: PolicyPath,
  success: { status: 204, description: 'It is gone' },
  errors: ['not_found', 'read_only'],
  async handle(api, call) {
    await api.remediation.policies.remove(call.params.name, namedActor(call));
    return { kind: 'empty' };
  },
});

/** `policies/replay` before `policies/:name`: the first match wins. */
export const policyRoutes = [listPolicies, replay, getPolicy, listVersions, savePolicy, setMode, removePolicy];
