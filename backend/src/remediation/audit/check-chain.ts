import type { AuditCheck } from '../../contract/remediation/control.ts';
import { type ChainEntry, entryHash, genesisHash } from './chain.ts';

/** More steps of the clock than this are only counted. */
const mostClockSteps = 20;

/** Looks at a chain entry by entry and keeps nothing of it but the last hash. */
export class ChainCheck {
  readonly #notedHead: string | undefined;
  readonly #clockSteps: AuditCheck['clockSteps'] = [];
  #fault: AuditCheck['fault'] = null;
  #longestGap: AuditCheck['longestGap'] = null;
  #last: { readonly seq: number; readonly atMs: number; readonly hash: string } | undefined;
  #headSeen = false;

  /** @param notedHead hash that was noted earlier: it must be in the chain, else its end was cut off or made anew */
  constructor(notedHead?: string) {
    this.#notedHead = notedHead;
  }

  /** The next entry in the order of the store or file. @returns false once there is a fault: no more is needed */
  add(entry: ChainEntry): boolean {
    const message = this.#faultOf(entry);
    if (message !== undefined) {
      this.#fault ??= { seq: entry.seq, message };
      return false;
    }
    this.#look(entry);
    this.#headSeen ||= entry.hash === this.#notedHead;
    this.#last = { seq: entry.seq, atMs: entry.atMs, hash: entry.hash };
    return true;
  }

  /** A line that is no entry. */
  refuse(message: string): void {
    this.#fault ??= { seq: this.#nextSeq(), message };
  }

  result(): AuditCheck {
    const fault = this.#fault ?? this.#headFault();
    return {
      ok: fault === null,
      entries: this.#last?.seq ?? 0,
      head: this.#last?.hash ?? null,
      fault,
      clockSteps: this.#clockSteps,
      longestGap: this.#longestGap,
    };
  }

  #nextSeq(): number {
    return (this.#last?.seq ?? 0) + 1;
  }

  #faultOf(entry: ChainEntry): string | undefined {
    const expected = this.#nextSeq();
    if (entry.seq > expected) {
      const missing =
        entry.seq - 1 === expected ? `entry ${expected} is` : `entries ${expected} to ${entry.seq - 1} are`;
      return `${missing} missing`;
    }
    if (entry.seq !== expected) {
      return `entry ${entry.seq} stands where ${expected} belongs: entries were swapped or repeated`;
    }
    if (entryHash(entry) !== entry.hash) {
      return `entry ${entry.seq} was changed after it was written`;
    }
    if (entry.previousHash !== (this.#last?.hash ?? genesisHash)) {
      return `entry ${entry.seq} does not follow the one before it: one of the two was changed or replaced`;
    }
    return undefined;
  }

  #headFault(): AuditCheck['fault'] {
    if (this.#notedHead === undefined || this.#headSeen) {
      return null;
    }
    return {
      seq: this.#nextSeq(),
      message: 'the noted head is not in the chain: its end was cut off, or it was written anew',
    };
  }

  #look({ seq, atMs }: ChainEntry): void {
    if (this.#last === undefined) {
      return;
    }
    const passedMs = atMs - this.#last.atMs;
    if (passedMs < 0 && this.#clockSteps.length < mostClockSteps) {
      this.#clockSteps.push({ seq, byMs: passedMs });
    }
    if (passedMs > (this.#longestGap?.ms ?? 0)) {
      this.#longestGap = { seq, ms: passedMs };
    }
  }
}
