import {
  EpisodeDetail,
  EpisodeListQuery,
  Episode,
  KillSwitch,
  KillSwitchRequest,
  RemediationStatus,
  pageOf,
} from '../../contract/index.ts';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { route } from '../route.ts';
import { readDeadlineMs, smallLimitBytes } from './limits.ts';
import { personOf } from './person.ts';

const getStatus = route({
  method: 'get',
  path: '/remediation/status',
  summary: 'Kill switches, what waits for people, webhooks and engines',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'How remediation is', schema: RemediationStatus },
  errors: [],
  handle: async (api) => ({ kind: 'json', body: await api.remediation.status() }),
});

const listEpisodes = route({
  method: 'get',
  path: '/episodes',
  summary: 'Outages as alerts tell them, newest first',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  query: EpisodeListQuery,
  success: { status: 200, description: 'A page of episodes', schema: pageOf(Episode) },
  errors: [],
  handle: async (api, call) => ({ kind: 'json', body: await api.remediation.episodes.list(call.query) }),
});

const getEpisode = route({
  method: 'get',
  path: '/episodes/:id',
  summary: 'One episode with what was decided about it, and its runs',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: z.object({ id: z.string().min(1).max(100) }),
  success: { status: 200, description: 'The episode', schema: EpisodeDetail },
  errors: ['not_found'],
  handle: async (api, call) => ({ kind: 'json', body: await api.remediation.runs.episode(call.params.id) }),
});

const listSwitches = route({
  method: 'get',
  path: '/kill-switches',
  summary: 'Kill switches that were ever set, newest first',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'The switches', schema: z.object({ items: z.array(KillSwitch) }) },
  errors: [],
  handle: async (api) => Promise.resolve({ kind: 'json', body: { items: [...api.remediation.switches.list()] } }),
});

/** Whoever is on call may stop; to go on again takes who may run things. */
const turnOn = route({
  method: 'put',
  path: '/kill-switches/on',
  summary: 'Stops remediation: all of it, a policy, or a target',
  grant: 'remediation:plan',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: KillSwitchRequest,
  success: { status: 200, description: 'The switch', schema: KillSwitch },
  errors: [],
  async handle(api, call) {
    requireState(call.body.on, true);
    return { kind: 'json', body: await api.remediation.switches.set(call.body, personOf(call).name) };
  },
});

const turnOff = route({
  method: 'put',
  path: '/kill-switches/off',
  summary: 'Lets remediation go on',
  grant: 'remediation:run',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: KillSwitchRequest,
  success: { status: 200, description: 'The switch', schema: KillSwitch },
  errors: [],
  async handle(api, call) {
    requireState(call.body.on, false);
    return { kind: 'json', body: await api.remediation.switches.set(call.body, personOf(call).name) };
  },
});

/** For the command line of whoever runs the backend, when Grafana is away: the token alone is the proof. */
const setByOperator = route({
  method: 'put',
  path: '/operator/kill-switches',
  summary: "A kill switch by the command line: asks for the backend's token and no user of Grafana",
  grant: 'operator:stop',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: KillSwitchRequest.safeExtend({ by: z.string().min(1).max(100) }),
  success: { status: 200, description: 'The switch', schema: KillSwitch },
  errors: [],
  async handle(api, { body: { by, ...request } }) {
    return { kind: 'json', body: await api.remediation.switches.set(request, `${by} (command line)`) };
  },
});

function requireState(on: boolean, wanted: boolean): void {
  if (on !== wanted) {
    throw new AppError('invalid_request', `body.on: expected ${wanted} at this address`);
  }
}

export const remediationRoutes = [getStatus, listEpisodes, getEpisode, listSwitches, turnOn, turnOff, setByOperator];
