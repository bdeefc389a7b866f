import type { Episode, EpisodeClose } from '../../contract/remediation/episode.ts';

/** One alert of one message, whoever sent it. */
export interface AlertMessage {
  readonly status: 'firing' | 'resolved';
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorUrl: string | null;
  /** Null when the sender does not say. */
  readonly startsAtMs: number | null;
  /** Null when it fires, or when the sender does not say. */
  readonly endsAtMs: number | null;
  /** Why it says nothing of the thing it watches (NoData, MissingSeries, Paused …); null for a real one. */
  readonly absence: string | null;
  /** Which replica told: two of them never agree on the start to the second. Empty when there is one only. */
  readonly sender: string;
  /** Alerts of its group that the sender left out. */
  readonly truncated: number;
}

/** An episode with what only the state machine needs. */
export interface EpisodeState extends Episode {
  /** Start of the outage as each replica told it last. */
  readonly senders: Readonly<Record<string, number>>;
  readonly truncated: number;
  /** Whether policies have to look at it (again). */
  readonly undecided: boolean;
}

/** An episode before the store gives it its identity. */
export type EpisodeDraft = Omit<EpisodeState, 'id' | 'source' | 'sourceKind' | 'tenant'>;

export type EpisodeTransition =
  | { readonly kind: 'opened'; readonly opened: EpisodeDraft }
  | { readonly kind: 'continued'; readonly episode: EpisodeState }
  | { readonly kind: 'refired'; readonly closed: EpisodeState; readonly opened: EpisodeDraft }
  | { readonly kind: 'closed'; readonly closed: EpisodeState }
  | { readonly kind: 'ignored'; readonly reason: 'late' | 'future' | 'not-open' };

/** A start that is further ahead of our clock is no start. */
const aheadMs = 15 * 60_000;
/** Replicas see the same outage begin within this time of each other. */
const sameStartMs = 5 * 60_000;
/** An identity that stayed quiet for this long does not flap. */
const flapWindowMs = 30 * 60_000;
const mostSenders = 16;
/** Annotations of our own detections that policies compare with numbers: they change while it lasts. */
const decisive = ['score', 'eta_ms', 'probability'];

/**
 * What one message makes of the episodes of its identity (source, tenant, fingerprint): the state machine of dedup.
 *
 * - The same start, an earlier one, or a later one that was before we last heard it fire, is the same outage.
 * - A later start without a resolve is a new outage: whoever groups alerts drops a resolve that was followed by a new
 *   firing within one group interval. The old episode is closed.
 * - A firing that began before the newest close is a late duplicate; a resolve without an open episode says nothing.
 * @param latestClosed the newest closed episode of the identity
 * @param nowMs when the message was received
 */
export function nextEpisode(
  open: EpisodeState | undefined,
  latestClosed: EpisodeState | undefined,
  message: AlertMessage,
  nowMs: number
): EpisodeTransition {
  if (message.status === 'resolved') {
    return open === undefined ? { kind: 'ignored', reason: 'not-open' } : resolved(open, message, nowMs);
  }
  if ((message.startsAtMs ?? nowMs) > nowMs + aheadMs) {
    return { kind: 'ignored', reason: 'future' };
  }
  if (open === undefined) {
    return latestClosed !== undefined && isLate(latestClosed, message)
      ? { kind: 'ignored', reason: 'late' }
      : { kind: 'opened', opened: draftOf(message, latestClosed, nowMs) };
  }
  if (!beganAnew(open, message)) {
    return { kind: 'continued', episode: continued(open, message, nowMs) };
  }
  const closed = closeEpisode(open, 'refired', endWithin(open, message.startsAtMs, nowMs));
  return { kind: 'refired', closed, opened: draftOf(message, closed, nowMs) };
}

/** The episode as it is once nothing is owed to it any more. */
export function closeEpisode(open: EpisodeState, reason: EpisodeClose, closedAtMs: number): EpisodeState {
  return { ...open, closedAtMs, closeReason: reason, undecided: false };
}

function resolved(open: EpisodeState, message: AlertMessage, nowMs: number): EpisodeTransition {
  const { startsAtMs, endsAtMs } = message;
  if (endsAtMs !== null && startsAtMs !== null && endsAtMs <= open.startsAtMs && startsAtMs < open.startsAtMs) {
    return { kind: 'ignored', reason: 'late' };
  }
  const reason = message.absence === null ? 'resolved' : 'unknown';
  const told = { ...open, deliveries: open.deliveries + 1 };
  return { kind: 'closed', closed: closeEpisode(told, reason, endWithin(open, endsAtMs, nowMs)) };
}

/** When it ended by the source's clock, as far as that is possible. */
function endWithin(open: EpisodeState, endsAtMs: number | null, nowMs: number): number {
  return Math.max(open.startsAtMs, Math.min(endsAtMs ?? nowMs, nowMs));
}

function beganAnew(open: EpisodeState, { startsAtMs, sender }: AlertMessage): boolean {
  if (startsAtMs === null || startsAtMs <= open.seenAtMs) {
    return false;
  }
  const known = senderStart(open, sender);
  return known === undefined ? startsAtMs > open.startsAtMs + sameStartMs : startsAtMs > known;
}

function isLate(closed: EpisodeState, { startsAtMs, sender }: AlertMessage): boolean {
  // Whoever closes for want of news may be wrong: news of the same outage are news.
  if (startsAtMs === null || closed.closeReason === 'lease') {
    return false;
  }
  return startsAtMs < (closed.closedAtMs ?? 0) || startsAtMs <= (senderStart(closed, sender) ?? closed.startsAtMs);
}

function senderStart({ senders }: EpisodeState, sender: string): number | undefined {
  return Object.hasOwn(senders, sender) ? senders[sender] : undefined;
}

function continued(open: EpisodeState, message: AlertMessage, nowMs: number): EpisodeState {
  const { startsAtMs, absence } = message;
  return {
    ...open,
    annotations: message.annotations,
    generatorUrl: message.generatorUrl ?? open.generatorUrl,
    startsAtMs: Math.min(open.startsAtMs, startsAtMs ?? open.startsAtMs),
    seenAtMs: Math.max(open.seenAtMs, nowMs),
    deliveries: open.deliveries + 1,
    absence,
    truncated: Math.max(open.truncated, message.truncated),
    senders: withSender(open.senders, message),
    undecided: open.undecided || absence !== open.absence || decisive.some((name) => differs(name, open, message)),
  };
}

function differs(name: string, open: EpisodeState, message: AlertMessage): boolean {
  return open.annotations[name] !== message.annotations[name];
}

function draftOf(message: AlertMessage, before: EpisodeState | undefined, nowMs: number): EpisodeDraft {
  const startsAtMs = Math.min(message.startsAtMs ?? nowMs, nowMs);
  const flapped = before?.closedAtMs != null && startsAtMs - before.closedAtMs < flapWindowMs;
  return {
    fingerprint: message.fingerprint,
    alertname: message.labels['alertname'] ?? '',
    labels: message.labels,
    annotations: message.annotations,
    generatorUrl: message.generatorUrl,
    startsAtMs,
    openedAtMs: nowMs,
    seenAtMs: nowMs,
    closedAtMs: null,
    closeReason: null,
    flaps: flapped ? before.flaps + 1 : 0,
    deliveries: 1,
    absence: message.absence,
    truncated: message.truncated,
    senders: withSender({}, message),
    undecided: true,
  };
}

/** The newest of few: an address that changes with each message must not let the row grow. */
function withSender(senders: EpisodeState['senders'], { sender, startsAtMs }: AlertMessage): EpisodeState['senders'] {
  if (startsAtMs === null) {
    return senders;
  }
  const others = Object.entries(senders).filter(([name]) => name !== sender);
  return Object.fromEntries([...others.slice(1 - mostSenders), [sender, startsAtMs]]);
}
