import { getBackendSrv } from '@grafana/runtime';
import { useQuery } from '@tanstack/react-query';
import { lastValueFrom } from 'rxjs';
import { readPath, readProperty, type QueryContext } from '../extensions/readContext.ts';

function unitOf(panel: unknown): string | undefined {
  const unit = readPath(panel, 'fieldConfig', 'defaults', 'unit');
  return typeof unit === 'string' && unit !== '' ? unit : undefined;
}

/** Panels of a classic dashboard, those of collapsed rows included. */
function panelsOf(container: unknown): readonly unknown[] {
  const panels = readProperty(container, 'panels');
  return Array.isArray(panels) ? panels.flatMap((panel: unknown) => [panel, ...panelsOf(panel)]) : [];
}

/** The unit that a saved dashboard gives to a panel; undefined when it cannot be told. */
export function unitInDashboard(answer: unknown, panelId: number): string | undefined {
  const panel = panelsOf(readProperty(answer, 'dashboard')).find((one) => readProperty(one, 'id') === panelId);
  return unitOf(panel);
}

/** The extension's context has no field config: the dashboard knows the unit. Without it plain numbers are shown. */
export function usePanelUnit({ dashboardUid, panelId }: QueryContext): string | undefined {
  const { data } = useQuery({
    queryKey: ['panel-unit', dashboardUid, panelId],
    enabled: dashboardUid !== undefined && panelId !== undefined,
    staleTime: Infinity,
    queryFn: async () => {
      const url = `api/dashboards/uid/${encodeURIComponent(dashboardUid ?? '')}`;
      const answer = await lastValueFrom(getBackendSrv().fetch<unknown>({ url, showErrorAlert: false }));
      return unitInDashboard(answer.data, panelId ?? 0) ?? null;
    },
  });
  return data ?? undefined;
}
