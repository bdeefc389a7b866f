import { createHash } from 'node:crypto';

/** What the first entry follows. */
export const genesisHash = '0'.repeat(64);

/** An entry as it is stored. */
export interface ChainEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly kind: string;
  readonly subject: string;
  readonly actor: string;
  /** Canonical JSON of its facts: hashed as it stands, so that no other spelling of it passes. */
  readonly dataText: string;
  readonly previousHash: string;
  readonly hash: string;
}

export type UnhashedEntry = Omit<ChainEntry, 'hash'>;

/**
 * SHA-256, hex, of the hash of the entry before, a line feed, and the canonical JSON of this one with the keys actor,
 * atMs, data, kind, seq, subject.
 */
export function entryHash(entry: UnhashedEntry): string {
  const { seq, atMs, kind, subject, actor, dataText, previousHash } = entry;
  const fields = [
    `"actor":${JSON.stringify(actor)}`,
    `"atMs":${JSON.stringify(atMs)}`,
    `"data":${dataText}`,
    `"kind":${JSON.stringify(kind)}`,
    `"seq":${JSON.stringify(seq)}`,
    `"subject":${JSON.stringify(subject)}`,
  ];
  return createHash('sha256')
    .update(`${previousHash}\n{${fields.join(',')}}`)
    .digest('hex');
}

/** An entry as one line of an export: canonical JSON with both hashes. */
export function exportLine(entry: ChainEntry): string {
  const fields = [
    `"actor":${JSON.stringify(entry.actor)}`,
    `"atMs":${JSON.stringify(entry.atMs)}`,
    `"data":${entry.dataText}`,
    `"hash":${JSON.stringify(entry.hash)}`,
    `"kind":${JSON.stringify(entry.kind)}`,
    `"previousHash":${JSON.stringify(entry.previousHash)}`,
    `"seq":${JSON.stringify(entry.seq)}`,
    `"subject":${JSON.stringify(entry.subject)}`,
  ];
  return `{${fields.join(',')}}`;
}
