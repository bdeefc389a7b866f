import { t } from '@grafana/i18n';
import { ClipboardButton, useTheme2 } from '@grafana/ui';

interface SnippetProps {
  readonly file: string;
  readonly text: string;
}

/** A piece of a file with the file's name, to be copied. */
export function Snippet({ file, text }: SnippetProps) {
  const theme = useTheme2();
  return (
    <div style={{ display: 'grid', gap: theme.spacing(1), textAlign: 'left' }}>
      <code style={{ justifySelf: 'start' }}>{file}</code>
      <pre style={{ margin: 0, overflowX: 'auto' }}>{text}</pre>
      <div>
        <ClipboardButton size="sm" variant="secondary" icon="copy" getText={() => text}>
          {t('overview.copy', 'Copy')}
        </ClipboardButton>
      </div>
    </div>
  );
}
