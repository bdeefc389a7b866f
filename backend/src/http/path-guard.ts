import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../errors.ts';

/** Encoded slash, backslash, control characters: no path of ours needs them, a proxy may decode them. */
const hiddenCharacter = /%(?:2f|5c|[01][0-9a-f]|7f)/i;
const dotSegment = /^(?:\.|%2e){1,2}$/i;

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Why a request target must not be routed; undefined when it may. Judges the raw text: Grafana's plugin proxy matches
 * its routes on an undecoded path and hands on `..`, so any later normalisation would walk around a route's permission.
 * @param target the request line's target, query included
 */
export function pathFault(target: string): string | undefined {
  const path = target.split('?', 1)[0] ?? '';
  if (!path.startsWith('/')) {
    return 'it must start with /';
  }
  if (path.includes('//')) {
    return 'it has an empty segment (//)';
  }
  if (path.includes('\\') || hiddenCharacter.test(path)) {
    return 'it has a backslash, or a slash, backslash or control character in percent encoding';
  }
  if (!isDecodable(path)) {
    return 'its percent encoding is not that of UTF-8 text';
  }
  return path.split('/').some((segment) => dotSegment.test(segment)) ? 'it has a . or .. segment' : undefined;
}

/** Refuses suspicious paths before anything is routed, with `invalid_path`. */
export function guardPath(request: Request, _response: Response, next: NextFunction): void {
  const fault = pathFault(request.originalUrl);
  if (fault === undefined) {
    next();
    return;
  }
  next(new AppError('invalid_path', `The path of this request is refused: ${fault}. Send the plain path.`));
}
