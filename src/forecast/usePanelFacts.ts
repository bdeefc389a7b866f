import { getBackendSrv } from '@grafana/runtime';
import { useQuery } from '@tanstack/react-query';
import { lastValueFrom } from 'rxjs';
import { readPath, readProperty, type QueryContext } from '../extensions/readContext.ts';

/** What only the saved dashboard knows of a panel: the extension's context has none of it. */
export interface PanelFacts {
  readonly unit: string | undefined;
  readonly dashboardTitle: string;
  readonly provisioned: boolean;
  /** Whether the reader may save the dashboard. */
  readonly canSave: boolean;
  /** Queries of the panel, as it is saved. */
  readonly expressions: readonly string[];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Panels of a classic dashboard, those of collapsed rows included. */
function panelsOf(container: unknown): readonly unknown[] {
  const panels = readProperty(container, 'panels');
  return Array.isArray(panels) ? panels.flatMap((panel: unknown) => [panel, ...panelsOf(panel)]) : [];
}

/** What a saved dashboard says of a panel; what it does not say is undefined, false or empty. */
export function panelFacts(answer: unknown, panelId: number): PanelFacts {
  const dashboard = readProperty(answer, 'dashboard');
  const panel = panelsOf(dashboard).find((one) => readProperty(one, 'id') === panelId);
  const targets = readProperty(panel, 'targets');
  return {
    unit: text(readPath(panel, 'fieldConfig', 'defaults', 'unit')),
    dashboardTitle: text(readProperty(dashboard, 'title')) ?? '',
    provisioned: readPath(answer, 'meta', 'provisioned') === true,
    canSave: readPath(answer, 'meta', 'canSave') !== false,
    expressions: Array.isArray(targets)
      ? targets.flatMap((target: unknown) => text(readProperty(target, 'expr')) ?? [])
      : [],
  };
}

/** Whether the panel shows a job's forecast already: one of its queries asks for the job's own series. */
export function hasOverlayOf({ expressions }: PanelFacts, job: string): boolean {
  return expressions.some((expression) => expression.includes(`for="${job}"`));
}

/** The panel in its saved dashboard; undefined until it is known, and in Explore. */
export function usePanelFacts({ dashboardUid, panelId }: QueryContext): PanelFacts | undefined {
  const { data } = useQuery({
    queryKey: ['dashboard', dashboardUid, panelId],
    enabled: dashboardUid !== undefined && panelId !== undefined,
    staleTime: Infinity,
    queryFn: async () => {
      const url = `api/dashboards/uid/${encodeURIComponent(dashboardUid ?? '')}`;
      const answer = await lastValueFrom(getBackendSrv().fetch<unknown>({ url, showErrorAlert: false }));
      return panelFacts(answer.data, panelId ?? 0);
    },
  });
  return data;
}
