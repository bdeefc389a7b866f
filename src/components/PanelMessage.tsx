import { useTheme2 } from '@grafana/ui';

interface PanelMessageProps {
  readonly title: string;
  readonly text?: string;
  readonly error?: boolean;
}

/** In place of a chart: what happened and what to do. */
export function PanelMessage({ title, text, error = false }: PanelMessageProps) {
  const theme = useTheme2();
  return (
    <div
      role={error ? 'alert' : 'status'}
      style={{ height: '100%', display: 'grid', placeContent: 'center', textAlign: 'center', gap: theme.spacing(0.5) }}
    >
      <strong style={{ color: error ? theme.colors.error.text : theme.colors.text.primary }}>{title}</strong>
      {text === undefined ? null : <span style={{ color: theme.colors.text.secondary }}>{text}</span>}
    </div>
  );
}
