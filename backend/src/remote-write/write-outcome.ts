import { parseRetryAfterMs } from '../delivery/back-off.ts';
import type { TargetReply } from '../delivery/http-target.ts';

/** Why a receiver refuses samples for good. */
export type RejectReason = 'out-of-order' | 'too-old' | 'duplicate' | 'future' | 'label' | 'series-limit' | 'other';

/** What came of sending a message. */
export type WriteOutcome =
  | { readonly kind: 'accepted' }
  /**
   * Refused for good. The text names the first bad sample only. `rest` says what became of the others: Mimir keeps
   * them, Prometheus before 3 gives up the whole message.
   */
  | {
      readonly kind: 'rejected';
      readonly reason: RejectReason;
      readonly text: string;
      readonly rest: 'kept' | 'unknown';
    }
  /** Can pass only in smaller parts. */
  | { readonly kind: 'too-large'; readonly text: string }
  | { readonly kind: 'later'; readonly cause: LaterCause; readonly text: string; readonly retryAfterMs: number };

/** `busy` and `unavailable` pass by themselves; the others want somebody to change a setting. */
export type LaterCause = 'busy' | 'unavailable' | 'unauthorized' | 'misdirected';

const mimirReasons: ReadonlyArray<readonly [RegExp, RejectReason]> = [
  [/err-mimir-sample-out-of-order/, 'out-of-order'],
  [/err-mimir-(sample-timestamp-too-old|too-far-in-past)/, 'too-old'],
  [/err-mimir-sample-duplicate-timestamp/, 'duplicate'],
  [/err-mimir-too-far-in-future/, 'future'],
  [/err-mimir-(label|metric-name|missing-metric-name|duplicate-label|max-label)/, 'label'],
  [/err-mimir-max-series/, 'series-limit'],
];

const plainReasons: ReadonlyArray<readonly [RegExp, RejectReason]> = [
  [/out of order/i, 'out-of-order'],
  [/too old|out of bounds/i, 'too-old'],
  [/duplicate sample/i, 'duplicate'],
  [/in the future/i, 'future'],
  [/label|metric name/i, 'label'],
  [/series limit|limit of \d+ series|max.*series/i, 'series-limit'],
];

// What no other credentials, address or receiver setting would change is refused for good; these would.
const misdirected: ReadonlySet<number> = new Set([404, 405, 407, 410, 415]);

/** Reads a receiver's answer. @see https://prometheus.io/docs/specs/prw/remote_write_spec/ on retries */
export function outcomeOf(reply: TargetReply, nowMs: number): WriteOutcome {
  const { status, contentType } = reply;
  const text = sentenceOf(reply);
  if (status >= 500) {
    return later('unavailable', text, reply, nowMs);
  }
  if (status === 429) {
    // A message larger than the burst never passes, however long one waits.
    return /burst size limit/.test(reply.text) ? { kind: 'too-large', text } : later('busy', text, reply, nowMs);
  }
  if (contentType.includes('html') || (status >= 300 && status < 400) || misdirected.has(status)) {
    return later('misdirected', text, reply, nowMs);
  }
  if (status < 300) {
    return { kind: 'accepted' };
  }
  if (status === 401 || status === 403) {
    return later('unauthorized', text, reply, nowMs);
  }
  return status === 413 ? { kind: 'too-large', text } : rejected(reply.text, text);
}

function rejected(said: string, text: string): WriteOutcome {
  const isMimir = said.includes('err-mimir-');
  const reasons = isMimir ? mimirReasons : plainReasons;
  const reason = reasons.find(([pattern]) => pattern.test(said))?.[1] ?? 'other';
  return { kind: 'rejected', reason, text, rest: isMimir ? 'kept' : 'unknown' };
}

function later(cause: LaterCause, text: string, { retryAfter }: TargetReply, nowMs: number): WriteOutcome {
  return { kind: 'later', cause, text, retryAfterMs: parseRetryAfterMs(retryAfter, nowMs) };
}

/** Status and the beginning of what was said, for a person. */
function sentenceOf({ status, text, contentType, location }: TargetReply): string {
  if (location !== '') {
    return `it answered ${status} and points to ${location}; name that address as url`;
  }
  if (contentType.includes('html')) {
    const title = /<title[^>]*>([^<]{1,100})/i.exec(text)?.[1]?.trim();
    const page = title === undefined ? 'a web page' : `the web page "${title}"`;
    return `it answered ${status} with ${page}; the url must be that of the remote-write receiver`;
  }
  const said = shorten(text.replace(/\s+/g, ' ').trim());
  return `it answered ${status}${said === '' ? '' : `: ${said}`}`;
}

/** Long label values stand in the middle; what is wrong is said at the beginning, its id at the end. */
function shorten(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 300)} … ${text.slice(-190)}`;
}
