import { AppError } from '../../errors.ts';
import { readQuery } from './read-query.ts';

interface Wanted {
  /** Query of the policy, with `{label}` still in it. */
  readonly promql: string;
  /** Longest time after the run's settling in which it can be asked. */
  readonly windowMs: number;
  /** How long it must hold. */
  readonly forMs: number;
  /** A query of `healthy`: it must be able to answer nothing. */
  readonly mustFilter: boolean;
}

/**
 * Why a query of a policy can never prove a recovery, as one sentence; undefined when it can. For the moment at which
 * a policy is saved.
 */
export function queryFault({ promql, windowMs, forMs, mustFilter }: Wanted): string | undefined {
  try {
    const { selectors, filters } = readQuery(promql);
    if (mustFilter && !filters) {
      return 'it must compare, such as probe_success{…} == 1 (without bool): it has to answer nothing when all is not well';
    }
    const rangeMs = Math.max(...selectors.map((selector) => selector.rangeMs));
    return rangeMs + forMs > windowMs
      ? 'it looks further back than within: values from before the run would be in every answer; shorten its range or raise within'
      : undefined;
  } catch (error) {
    if (error instanceof AppError) {
      return error.message;
    }
    throw error;
  }
}
