import { AppError } from '../errors.ts';

/** One fault in what a person wrote: where, and what was expected there. */
export interface ConfigProblem {
  /** Path of a file, or `environment AIOPS_…`. */
  readonly where: string;
  /** From 1; undefined when the fault is about the whole place. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly message: string;
}

/** `file:line:column  message`, as editors and terminals make it clickable. */
export function formatProblem(problem: ConfigProblem): string {
  const position = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return `${problem.where}${position}  ${problem.message}`;
}

/** All problems at once, in the order of places and lines; `config_invalid`. */
export function configError(problems: readonly ConfigProblem[]): AppError {
  const sorted = problems.toSorted(
    (a, b) => a.where.localeCompare(b.where) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
  );
  const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}, nothing was started`;
  return new AppError('config_invalid', [...sorted.map(formatProblem), count].join('\n'));
}
