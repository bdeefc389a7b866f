import { z } from 'zod';
import { LabelSet } from '../../contract/forecast.ts';
import type { Word } from '../runs/people.ts';

/** What people hear, as it is kept until they did. */
export const Notice = z.object({
  /** The same thing has the same key, however often it is told. */
  key: z.string(),
  kind: z.enum(['approval', 'escalation']),
  title: z.string(),
  text: z.string(),
  policy: z.string(),
  runId: z.string().nullable(),
  episodeId: z.string(),
  alertname: z.string(),
  labels: LabelSet,
  startsAtMs: z.number(),
  /** Page on which it can be acted upon; null when Grafana's address is not known. */
  url: z.string().nullable(),
});
export type Notice = z.infer<typeof Notice>;

const longestText = 4_000;
const longestValue = 500;
const mostLabels = 60;

/** A word as a notice: bounded, since alerts hold anything. */
export function noticeOf(word: Word, url: string | undefined): Notice {
  const { episode } = word;
  const what = word.kind === 'approval' ? 'Approval needed' : 'A person is needed';
  const labels = Object.entries(episode.labels).slice(0, mostLabels);
  return {
    key: word.key,
    kind: word.kind,
    title: oneLine(`${what}: ${episode.alertname}`),
    text: cut(word.text, longestText),
    policy: word.policy,
    runId: word.runId,
    episodeId: episode.id,
    alertname: cut(episode.alertname, longestValue),
    labels: Object.fromEntries(labels.map(([name, value]) => [cut(name, longestValue), cut(value, longestValue)])),
    startsAtMs: episode.startsAtMs,
    url: url ?? null,
  };
}

/** A text that can't begin a new line, header or direction of writing. */
export function oneLine(text: string): string {
  return cut(text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim(), 200);
}

function cut(text: string, longest: number): string {
  return (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`).toWellFormed();
}
