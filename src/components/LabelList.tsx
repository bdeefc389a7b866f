import { useTheme2 } from '@grafana/ui';
import { t } from '@grafana/i18n';
import { visibleText } from './visibleText.ts';

/** Labels as text; those of Grafana's own use are left out. */
export function LabelList({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  const theme = useTheme2();
  const shown = Object.entries(labels).filter(([name]) => !name.startsWith('__'));
  return (
    <ul
      aria-label={t('alerts.labels', 'Labels')}
      style={{ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5), listStyle: 'none', margin: 0 }}
    >
      {shown.map(([name, value]) => (
        <li key={name}>
          <code style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {visibleText(name)}={visibleText(value)}
          </code>
        </li>
      ))}
    </ul>
  );
}
