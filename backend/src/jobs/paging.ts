import type { Page } from '../contract/api.ts';
import { AppError } from '../errors.ts';
import type { PageRequest } from './jobs.ts';

/** Where a page starts. @throws AppError `invalid_request` for a cursor that no page gave out */
export function offsetOf({ cursor }: PageRequest): number {
  if (cursor === undefined) {
    return 0;
  }
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^from:\d{1,9}$/.test(text)) {
    throw new AppError('invalid_request', 'cursor: expected the nextCursor of an earlier page');
  }
  return Number(text.slice('from:'.length));
}

/** A page of items that start at `offset` of `total`. */
export function pageOfItems<T>(items: readonly T[], offset: number, total: number): Page<T> {
  const next = offset + items.length;
  const nextCursor = items.length > 0 && next < total ? Buffer.from(`from:${next}`).toString('base64url') : null;
  return { items: [...items], nextCursor, total };
}
