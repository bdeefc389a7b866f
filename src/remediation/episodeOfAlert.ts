import type { AlertRow, Episode } from '../../backend/src/contract/index.ts';

type Labels = Readonly<Record<string, string>>;

/** Labels that webhooks tell: Grafana's own, `__…`, stay in its pages. */
const told = (labels: Labels) => Object.entries(labels).filter(([name]) => !name.startsWith('__'));

const includes = (all: Labels, some: Labels) => told(some).every(([name, value]) => all[name] === value);

function isEpisodeOf(row: Pick<AlertRow, 'source' | 'labels' | 'job'>, { labels, sourceKind }: Episode): boolean {
  // An alert of our own carries the labels of its anomaly and more.
  return row.source === 'aiops'
    ? sourceKind === 'aiops' && labels['job_name'] === row.job && includes(labels, row.labels)
    : includes(labels, row.labels) && includes(row.labels, labels);
}

/** The open episode of an alert as a list shows it; undefined when the backend was not told of it. */
export function episodeOfAlert(
  row: Pick<AlertRow, 'source' | 'labels' | 'job'>,
  episodes: readonly Episode[]
): Episode | undefined {
  return episodes.find((episode) => isEpisodeOf(row, episode));
}
