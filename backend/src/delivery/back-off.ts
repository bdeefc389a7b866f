const firstMs = 1_000;
const longestMs = 60_000;
// A server may ask for patience, not for ever.
const longestAskedMs = 600_000;

/**
 * Time until the next attempt: doubles from 1 s to 60 s, of which the upper half is by chance so that many senders do not
 * come back together; never sooner than the server asked for.
 * @param failures attempts that failed in a row, from 1
 * @param random uniform in [0, 1)
 */
export function backOffMs(failures: number, random: number, askedMs = 0): number {
  const ceilingMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 16));
  return Math.max(Math.round(ceilingMs * (0.5 + random / 2)), Math.min(askedMs, longestAskedMs));
}

/** A Retry-After header, seconds or a date, as milliseconds from now; 0 when it says nothing. */
export function parseRetryAfterMs(header: string, nowMs: number): number {
  const text = header.trim();
  if (/^\d+$/.test(text)) {
    return Number(text) * 1_000;
  }
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - nowMs);
}
