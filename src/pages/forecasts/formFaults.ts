import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

export interface FormFault {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * The faults that a person can act on. Where a value may have one of several forms, zod tells what each of them
 * misses: only the form that came furthest is meant.
 */
export function faultsOfIssues(issues: readonly Issue[], above: readonly PropertyKey[] = []): FormFault[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    const branches = issue.code === 'invalid_union' ? issue.errors : [];
    const meant = branches.reduce<readonly Issue[]>((best, one) => (depthOf(one) > depthOf(best) ? one : best), []);
    return meant.length === 0 ? [{ path: path.map(String), message: issue.message }] : faultsOfIssues(meant, path);
  });
}

/** How far a form of a union came: a value of the wrong type has not even begun. */
function depthOf(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(({ code, path }) => path.length + (code === 'invalid_type' ? 0 : 0.5)));
}
