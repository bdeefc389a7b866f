import type { DashboardDocument } from './dashboard-document.ts';
import type { DashboardPanel } from './panel-queries.ts';
import { matchQueries, type QueryMatch } from './query-match.ts';
import { readQuery } from './query-shape.ts';
import { mayNameAnyMetric } from './query-variables.ts';

/** A panel with queries, as much of it as an answer needs. */
export interface IndexedPanel {
  readonly dashboard: Pick<DashboardDocument, 'uid' | 'title' | 'path' | 'managedBy'>;
  readonly panel: Pick<DashboardPanel, 'id' | 'title'>;
  readonly queries: readonly string[];
}

export interface PanelMatch {
  readonly indexed: IndexedPanel;
  readonly match: QueryMatch;
  readonly expression: string;
}

const order: readonly QueryMatch[] = ['same', 'equivalent', 'similar'];

function byMatch(a: PanelMatch, b: PanelMatch): number {
  return order.indexOf(a.match) - order.indexOf(b.match);
}

/** The best match of each panel that has one. Only queries that could name the job's metrics are parsed. */
export function matchPanels(query: string, panels: readonly IndexedPanel[]): readonly PanelMatch[] {
  const wanted = readQuery(query);
  const metrics = wanted.selectors.map(({ text }) => text).filter((metric) => metric !== '');
  const mayMatch = (text: string) =>
    text.trim() === wanted.text || mayNameAnyMetric(text) || metrics.some((metric) => text.includes(metric));
  return panels
    .flatMap((indexed) =>
      indexed.queries
        .filter(mayMatch)
        .map((text) => ({ indexed, match: matchQueries(wanted, readQuery(text)), expression: text.trim() }))
        .flatMap(({ match, ...rest }) => (match === undefined ? [] : [{ ...rest, match }]))
        .toSorted(byMatch)
        .slice(0, 1)
    )
    .toSorted(byMatch);
}
