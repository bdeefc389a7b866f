import { z } from 'zod';
import { CalendarSpec, CalendarSummary, pageOf } from '../../contract/index.ts';
import { AppError } from '../../errors.ts';
import { actorOf, route } from '../route.ts';
import { jsonLimitBytes, readDeadlineMs, sourceDeadlineMs, sourceErrors } from './limits.ts';

const CalendarPath = z.object({ name: CalendarSpec.shape.name });

const listCalendars = route({
  method: 'get',
  path: '/calendars',
  summary: 'All calendars with what is on now and next, and the jobs that use them',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'All calendars, on one page', schema: pageOf(CalendarSummary) },
  errors: [],
  async handle(api) {
    const items = await api.calendars.list();
    return { kind: 'json', body: { items, nextCursor: null, total: items.length } };
  },
});

const createCalendar = route({
  method: 'post',
  path: '/calendars',
  summary: 'Creates a calendar after reading its events once',
  grant: 'models:write',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: jsonLimitBytes,
  body: CalendarSpec,
  success: { status: 201, description: 'The new calendar', schema: CalendarSummary },
  errors: ['conflict', ...sourceErrors],
  async handle(api, call) {
    const body = await api.calendars.create(call.body, actorOf(call), call.signal);
    return { kind: 'json', body, headers: { Location: `/api/v1/calendars/${body.spec.name}` } };
  },
});

const updateCalendar = route({
  method: 'put',
  path: '/calendars/:name',
  summary: 'Replaces what a calendar is after reading its events once; the name stays',
  grant: 'models:write',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: jsonLimitBytes,
  params: CalendarPath,
  body: CalendarSpec,
  success: { status: 200, description: 'The calendar as it is now', schema: CalendarSummary },
  errors: ['not_found', 'read_only', ...sourceErrors],
  async handle(api, call) {
    const { name } = call.params;
    if (call.body.name !== name) {
      const message = `expected ${name}: a calendar keeps its name; create another one instead`;
      throw new AppError('invalid_request', `body.name: ${message}`, {
        context: { issues: [{ path: 'body.name', message }] },
      });
    }
    return { kind: 'json', body: await api.calendars.update(call.body, actorOf(call), call.signal) };
  },
});

const removeCalendar = route({
  method: 'delete',
  path: '/calendars/:name',
  summary: 'Deletes a calendar that no job uses',
  grant: 'models:write',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: CalendarPath,
  success: { status: 204, description: 'It is gone' },
  errors: ['not_found', 'read_only', 'conflict'],
  async handle(api, call) {
    await api.calendars.remove(call.params.name);
    return { kind: 'empty' };
  },
});

export const calendarRoutes = [listCalendars, createCalendar, updateCalendar, removeCalendar];
