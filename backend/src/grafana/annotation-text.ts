import type { StoredAnomaly } from '../anomalies/anomaly-columns.ts';

/** The tag of everything we write; with the id behind a colon it is the tag of one anomaly. */
export const ownTag = 'aiops';

const maxText = 2_000;

export function tagOf(anomalyId: string): string {
  return `${ownTag}:${anomalyId}`;
}

/** Few and short: Grafana takes 500 characters of tags in all. */
export function annotationTags({ id, kind, job }: StoredAnomaly): readonly string[] {
  return [ownTag, tagOf(id), kind, job];
}

/** What Grafana keeps beside the text, for scripts that read annotations. */
export function annotationData(anomaly: StoredAnomaly): Readonly<Record<string, unknown>> {
  const { id, job, kind, labels, score, peakScore, direction } = anomaly;
  return { anomaly: id, job, kind, labels, score, peakScore, direction };
}

/** The page of an anomaly. @param publicUrl Grafana's address for people, with a slash at the end */
export function anomalyUrl(publicUrl: string, anomalyId: string): string {
  return `${publicUrl}a/selfheal-aiops-app/anomalies/${encodeURIComponent(anomalyId)}`;
}

/**
 * One sentence and a link to the anomaly, as HTML: Grafana draws links in the tooltip of an annotation.
 * @param publicUrl Grafana's address for people, with a slash at the end
 */
export function annotationText(anomaly: StoredAnomaly, publicUrl: string): string {
  const link = anomalyUrl(publicUrl, anomaly.id);
  const sentence = escapeHtml(sentenceOf(anomaly).slice(0, maxText));
  return `${sentence} <a href="${escapeHtml(link)}">Open in AIOps</a>`;
}

function sentenceOf(anomaly: StoredAnomaly): string {
  const subject = `${anomaly.job}${selectorOf(anomaly.labels)}`;
  const [evidence] = anomaly.evidence;
  return `${subject}: ${evidence === undefined ? plainSentence(anomaly) : evidence.text}`;
}

function plainSentence({ direction, peakValue, expectedAtPeak }: StoredAnomaly): string {
  const where = direction === null ? 'not as expected' : `${direction} what was expected`;
  const [value, expected] = [peakValue, expectedAtPeak].map((figure) => figure?.toPrecision(4));
  return value === undefined || expected === undefined ? `${where}.` : `${where}, ${value} instead of ${expected}.`;
}

/** `{service="checkout"}`; empty without labels. */
function selectorOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : ` {${pairs.join(', ')}}`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
