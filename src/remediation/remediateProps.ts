import type { ProposalRequest } from '../../backend/src/contract/index.ts';

/** What the modal is opened with: an alert as the place shows it. */
export interface RemediateProps {
  readonly request: ProposalRequest;
  readonly labels: Readonly<Record<string, string>>;
  /** As the place calls it, such as `Normal`; empty when it fires. */
  readonly state: string;
  readonly summary: string;
  readonly runbookUrl: string | null;
}
