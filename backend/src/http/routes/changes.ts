import { ChangeListQuery, ChangeRecord, ChangeRequest, pageOf } from '../../contract/index.ts';
import { actorOf, route } from '../route.ts';
import { readDeadlineMs, smallLimitBytes } from './limits.ts';

const listChanges = route({
  method: 'get',
  path: '/changes',
  summary: 'Deploys and other changes that widen bands, newest first; at most 500',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  query: ChangeListQuery,
  success: { status: 200, description: 'The changes, on one page', schema: pageOf(ChangeRecord) },
  errors: [],
  async handle(api, call) {
    const items = await api.changes.list(call.query);
    return { kind: 'json', body: { items, nextCursor: null, total: items.length } };
  },
});

const recordChange = route({
  method: 'post',
  path: '/changes',
  summary: 'Tells of a deploy: the band of the series that have all of its labels is wider for a bounded time',
  grant: 'models:write',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: ChangeRequest,
  success: { status: 201, description: 'The change', schema: ChangeRecord },
  errors: [],
  handle: async (api, call) => ({ kind: 'json', body: await api.changes.record(call.body, actorOf(call)) }),
});

export const changeRoutes = [listChanges, recordChange];
