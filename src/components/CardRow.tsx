import { useTheme2 } from '@grafana/ui';
import type { ReactNode } from 'react';

interface CardRowProps {
  readonly children: ReactNode;
  /** Cards become no narrower than this; what does not fit goes to the next row. */
  readonly leastWidthPx?: number;
  readonly label?: string;
}

/** Cards of equal width and height beside each other. */
export function CardRow({ children, leastWidthPx = 280, label }: CardRowProps) {
  const theme = useTheme2();
  const style = {
    display: 'grid',
    gap: theme.spacing(2),
    gridTemplateColumns: `repeat(auto-fit, minmax(min(${leastWidthPx}px, 100%), 1fr))`,
  };
  return (
    <section aria-label={label} style={style}>
      {children}
    </section>
  );
}
