import { t } from '@grafana/i18n';
import { Text, useTheme2 } from '@grafana/ui';
import { usePolicyVersions } from '../../api/usePolicies.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { PolicyVersion } from '../../../backend/src/contract/index.ts';
import { specChanges, type SpecChange } from './specValues.ts';

function ChangeLine({ change: { path, from, to } }: { readonly change: SpecChange }) {
  const theme = useTheme2();
  return (
    <li>
      <code>{path}</code>: {from === undefined ? null : <del style={{ color: theme.colors.error.text }}>{from}</del>}{' '}
      {to === undefined ? null : (
        <ins style={{ color: theme.colors.success.text, textDecoration: 'none' }}>
          {from === undefined ? '+' : '→'} {to}
        </ins>
      )}
    </li>
  );
}

interface VersionLineProps {
  readonly of: PolicyVersion;
  /** The version before it; undefined for the first. */
  readonly before: PolicyVersion | undefined;
}

function VersionLine({ of: { version, by, atMs, spec }, before }: VersionLineProps) {
  const changes = before === undefined ? [] : specChanges(before.spec, spec);
  return (
    <li>
      <Text weight="medium">{t('policy.version', 'Version {{- version}}', { version })}</Text>{' '}
      <Text color="secondary">
        {t('timeline.by', 'by {{- by}}', { by })} <Ago timeMs={atMs} />
      </Text>
      {before === undefined ? (
        <div>{t('policy.firstVersion', 'First version')}</div>
      ) : (
        <ul style={{ marginLeft: 20 }}>
          {changes.map((change) => (
            <ChangeLine key={change.path} change={change} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Every version, newest first, with what it changed. */
export function PolicyHistory({ name }: { readonly name: string }) {
  const versions = usePolicyVersions(name);
  const newestFirst = [...(versions.data ?? [])].sort((a, b) => b.version - a.version);
  return (
    <>
      {versions.error === null ? null : <ErrorNotice error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.isPending ? <Skeleton heightPx={120} /> : null}
      <ol style={{ listStyle: 'none', margin: 0 }} aria-label={t('policy.versions', 'Versions')}>
        {newestFirst.map((version, i) => (
          <VersionLine key={version.version} of={version} before={newestFirst[i + 1]} />
        ))}
      </ol>
    </>
  );
}
