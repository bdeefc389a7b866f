import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { CalendarSummary, type CalendarSpec } from '../../backend/src/contract/index.ts';
import { send, sendForNothing } from './client.ts';
import { endpoints } from './endpoints.ts';

const key = ['calendars'] as const;
const deadlineMs = 60_000;
const Calendars = z.object({ items: z.array(CalendarSummary) });

/** All calendars, from files and made here. */
export function useCalendars() {
  return useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => (await send(endpoints.listCalendars(), Calendars, signal)).items,
  });
}

/** Creates a calendar, or changes the one called `name`. */
export function useSaveCalendar(name: string | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (spec: z.input<typeof CalendarSpec>) => {
      const request = name === undefined ? endpoints.createCalendar(spec) : endpoints.updateCalendar(name, spec);
      return send(request, CalendarSummary, AbortSignal.timeout(deadlineMs));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
}

export function useDeleteCalendar() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => sendForNothing(endpoints.deleteCalendar(name), AbortSignal.timeout(deadlineMs)),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
}
