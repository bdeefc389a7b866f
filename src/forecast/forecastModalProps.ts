import type { QueryContext } from '../extensions/readContext.ts';

/** What the panel menu gives to the modal. */
export interface ForecastModalProps {
  readonly context: QueryContext;
  /** The panel's title with its variables replaced. */
  readonly title: string;
  readonly onDismiss: () => void;
}
