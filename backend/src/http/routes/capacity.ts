import { CapacityQuery, CapacityRow, pageOf } from '../../contract/index.ts';
import { route } from '../route.ts';
import { readDeadlineMs } from './limits.ts';

const listCapacity = route({
  method: 'get',
  path: '/capacity',
  summary: 'When series will cross their limits, soonest first; `before` asks for the probability before an instant',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  query: CapacityQuery,
  success: { status: 200, description: 'All rows, on one page', schema: pageOf(CapacityRow) },
  errors: ['not_found'],
  async handle(api, call) {
    const items = await api.capacity.list(call.query);
    return { kind: 'json', body: { items, nextCursor: null, total: items.length } };
  },
});

export const capacityRoutes = [listCapacity];
