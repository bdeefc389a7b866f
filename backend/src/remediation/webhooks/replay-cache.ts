/** A signed time is good for 5 minutes in both directions. */
const keptMs = 10 * 60_000;
const mostKept = 10_000;

interface Kept<T> {
  readonly answer: T;
  readonly atMs: number;
}

/** What was answered to signed messages: the same message again gets the same answer, and nothing else comes of it. */
export class ReplayCache<T> {
  readonly #kept = new Map<string, Kept<T>>();

  /** @param signature undefined for a message that nothing tells from a genuine repeat */
  get(signature: string | undefined, nowMs: number): T | undefined {
    const found = signature === undefined ? undefined : this.#kept.get(signature);
    return found !== undefined && nowMs - found.atMs <= keptMs ? found.answer : undefined;
  }

  add(signature: string | undefined, answer: T, nowMs: number): void {
    if (signature === undefined) {
      return;
    }
    this.#kept.set(signature, { answer, atMs: nowMs });
    // oldest first, since nothing is ever moved
    for (const [oldest, { atMs }] of this.#kept) {
      if (this.#kept.size <= mostKept && nowMs - atMs <= keptMs) {
        return;
      }
      this.#kept.delete(oldest);
    }
  }
}
