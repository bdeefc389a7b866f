import type { Insertable, Selectable } from 'kysely';
import { z } from 'zod';
import { LabelSet } from '../../contract/forecast.ts';
import { Episode } from '../../contract/remediation/episode.ts';
import type { EpisodesTable } from '../../store/remediation-tables.ts';
import type { EpisodeState } from './episode-transition.ts';

/** What people and policies see of an episode. */
export const episodeColumns = [
  'id',
  'source',
  'source_kind',
  'tenant',
  'fingerprint',
  'alertname',
  'labels',
  'annotations',
  'generator_url',
  'starts_at_ms',
  'opened_at_ms',
  'seen_at_ms',
  'closed_at_ms',
  'close_reason',
  'flaps',
  'deliveries',
  'absence',
] as const;

/** What the state machine needs beside. */
export const stateColumns = [...episodeColumns, 'senders', 'truncated', 'undecided'] as const;

type EpisodeRow = Pick<Selectable<EpisodesTable>, (typeof episodeColumns)[number]>;
type StateRow = Pick<Selectable<EpisodesTable>, (typeof stateColumns)[number]>;

const Senders = z.record(z.string(), z.number());

/** Labels as text, the same for the same labels: names in order, and none that could stand for a prototype. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== '__proto__');
  return JSON.stringify(Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** A row as an episode. @throws ZodError for a row that this program did not write */
export function episodeOf(row: EpisodeRow): Episode {
  return {
    id: row.id,
    source: row.source,
    sourceKind: Episode.shape.sourceKind.parse(row.source_kind),
    tenant: row.tenant,
    fingerprint: row.fingerprint,
    alertname: row.alertname,
    labels: LabelSet.parse(JSON.parse(row.labels)),
    annotations: LabelSet.parse(JSON.parse(row.annotations)),
    generatorUrl: row.generator_url,
    startsAtMs: row.starts_at_ms,
    openedAtMs: row.opened_at_ms,
    seenAtMs: row.seen_at_ms,
    closedAtMs: row.closed_at_ms,
    closeReason: Episode.shape.closeReason.parse(row.close_reason),
    flaps: row.flaps,
    deliveries: row.deliveries,
    absence: row.absence,
  };
}

/** A row with what the state machine needs. */
export function stateOf(row: StateRow): EpisodeState {
  return {
    ...episodeOf(row),
    senders: Senders.parse(JSON.parse(row.senders)),
    truncated: row.truncated,
    undecided: row.undecided === 1,
  };
}

/** An episode as a row. */
export function rowOf(state: EpisodeState, updatedAtMs: number): Insertable<EpisodesTable> {
  return {
    id: state.id,
    source: state.source,
    source_kind: state.sourceKind,
    tenant: state.tenant,
    fingerprint: state.fingerprint,
    alertname: state.alertname,
    labels: labelText(state.labels),
    annotations: labelText(state.annotations),
    generator_url: state.generatorUrl,
    starts_at_ms: state.startsAtMs,
    opened_at_ms: state.openedAtMs,
    seen_at_ms: state.seenAtMs,
    closed_at_ms: state.closedAtMs,
    close_reason: state.closeReason,
    flaps: state.flaps,
    deliveries: state.deliveries,
    absence: state.absence,
    senders: JSON.stringify(state.senders),
    truncated: state.truncated,
    undecided: state.undecided ? 1 : 0,
    updated_at_ms: updatedAtMs,
  };
}
