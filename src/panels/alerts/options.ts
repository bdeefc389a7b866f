import type { AlertRow } from '../../../backend/src/contract/index.ts';

/** Options of the panel AIOps alerts, as dashboards store them. */
export interface AlertsPanelOptions {
  readonly sources: ReadonlyArray<AlertRow['source']>;
  readonly states: ReadonlyArray<AlertRow['state']>;
  /** `team=payments, severity!=info`; a value may name several with `|`, and variables are replaced. */
  readonly matchers: string;
  readonly groupBy: 'none' | 'severity' | 'state' | 'source' | 'job' | 'label';
  /** Label when `groupBy` is `label`. */
  readonly groupLabel: string;
  readonly sortBy: 'importance' | 'newest' | 'score';
  /** Labels that name who owns it, such as `team, owner`. */
  readonly ownerLabels: string;
  readonly maxRows: number;
  readonly showSearch: boolean;
}
