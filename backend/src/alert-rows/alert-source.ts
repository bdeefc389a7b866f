import type { AlertRow } from '../contract/alert.ts';

/** A place that has alerts. */
export interface AlertSource {
  /** What errors call it. */
  readonly name: string;
  /** @throws AppError when it does not answer */
  read(signal: AbortSignal): Promise<readonly AlertRow[]>;
}
