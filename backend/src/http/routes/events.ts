import { z } from 'zod';
import { ServerEvent } from '../../contract/index.ts';
import { route } from '../route.ts';
import { readDeadlineMs } from './limits.ts';

const streamEvents = route({
  method: 'get',
  path: '/events',
  summary: 'Server-sent events: progress of trainings and changes of jobs, one JSON text an event',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  success: {
    status: 200,
    description: 'A stream that stays open, with a comment as heartbeat every 15 s',
    contentType: 'text/event-stream',
    schema: ServerEvent,
  },
  errors: ['busy'],
  async handle(api) {
    api.events.reserve();
    return { kind: 'stream', open: (response) => api.events.open(response) };
  },
});

const getOpenApi = route({
  method: 'get',
  path: '/openapi.json',
  summary: 'This description of the API',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'An OpenAPI 3.1 document', schema: z.looseObject({ openapi: z.string() }) },
  errors: [],
  handle: async (api) => ({ kind: 'json', body: api.openApi }),
});

export const eventRoutes = [streamEvents, getOpenApi];
