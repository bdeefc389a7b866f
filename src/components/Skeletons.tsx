import { t } from '@grafana/i18n';
import { useTheme2 } from '@grafana/ui';

interface SkeletonProps {
  readonly heightPx: number;
  readonly label?: string;
}

/** A grey block of the size of what is loading, so that nothing jumps. */
export function Skeleton({ heightPx, label }: SkeletonProps) {
  const theme = useTheme2();
  return (
    <div
      role="status"
      aria-live="polite"
      aria-label={label ?? t('loading', 'Loading')}
      style={{
        height: heightPx,
        display: 'grid',
        placeItems: 'center',
        color: theme.colors.text.secondary,
        background: theme.colors.background.secondary,
        borderRadius: theme.shape.radius.default,
      }}
    >
      {label}
    </div>
  );
}
