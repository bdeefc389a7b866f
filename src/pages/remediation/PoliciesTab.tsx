import { t } from '@grafana/i18n';
import { Badge, EmptyState, InteractiveTable, Stack, Text, TextLink, type Column } from '@grafana/ui';
import { useMemo } from 'react';
import { usePolicies } from '../../api/usePolicies.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { Snippet } from '../../components/Snippet.tsx';
import type { PolicySummary } from '../../../backend/src/contract/index.ts';
import { guardTitle } from '../../remediation/guardText.ts';
import { breakerLook, modeHelp, modeText } from '../../remediation/runLook.ts';
import { policyUrl } from './RunsTab.tsx';

const mostRefusals = 3;
const example = `policies:
  - name: restart-shop
    when: { alert: ['alertname="ServiceDown"'] }
    target: { label: instance, group: web }
    do: { playbook: restart_service, with: { service: '{service}' } }
    verify: { healthy: 'probe_success{service="{service}"} == 1' }
`;

function NameCell({ policy }: { readonly policy: PolicySummary }) {
  const { spec, origin, fault } = policy;
  return (
    <Stack direction="column" gap={0.5} alignItems="flex-start">
      <TextLink href={policyUrl(spec.name)} inline={false}>
        {spec.title ?? spec.name}
      </TextLink>
      <Text color="secondary">
        {origin.kind === 'file'
          ? t('calendar.fromFile', 'from {{- file}}', { file: origin.file })
          : t('calendar.madeBy', 'made here by {{- by}}', { by: origin.by })}
      </Text>
      {spec.enabled ? null : <Badge color="darkgrey" icon="times" text={t('policy.disabled', 'Disabled')} />}
      {fault === null ? null : (
        <>
          <Badge color="red" icon="exclamation-triangle" text={t('policy.leftAside', 'Left aside')} />
          <Text color="error">{fault}</Text>
        </>
      )}
    </Stack>
  );
}

function RunsCell({ policy }: { readonly policy: PolicySummary }) {
  const { total, verified, failed } = policy.runs;
  return total === 0 ? (
    <Text color="secondary">{t('policy.noRuns', 'none')}</Text>
  ) : (
    <span>
      {t('policy.runsOf', '{{- verified}} of {{- total}} healed, {{- failed}} failed', { verified, total, failed })}
    </span>
  );
}

/** Guards by how often they refused, the most frequent first. */
export function refusalsOf({ refusals }: PolicySummary): Array<readonly [name: string, count: number]> {
  return Object.entries(refusals).sort(([, a], [, b]) => b - a);
}

function RefusalsCell({ policy }: { readonly policy: PolicySummary }) {
  const refusals = refusalsOf(policy);
  return refusals.length === 0 ? (
    <Text color="secondary">{t('policy.noRuns', 'none')}</Text>
  ) : (
    <span>
      {refusals
        .slice(0, mostRefusals)
        .map(([name, count]) => `${guardTitle({ name })} ${count}`)
        .join(' · ')}
    </span>
  );
}

function PolicyTable({ policies }: { readonly policies: PolicySummary[] }) {
  const columns = useMemo<Array<Column<PolicySummary>>>(
    () => [
      { id: 'name', header: t('plan.policy', 'Policy'), cell: ({ row }) => <NameCell policy={row.original} /> },
      {
        id: 'mode',
        header: t('policy.mode', 'Mode'),
        cell: ({ row: { original } }) => (
          <Badge
            color={original.spec.mode === 'auto' ? 'green' : 'blue'}
            text={modeText(original.spec.mode)}
            tooltip={modeHelp(original.spec.mode)}
          />
        ),
      },
      {
        id: 'breaker',
        header: t('policy.breaker', 'Circuit breaker'),
        cell: ({ row }) => <Badge {...breakerLook(row.original.breaker.state)} />,
      },
      {
        id: 'runs',
        header: t('policy.runs', 'Runs of 30 days'),
        cell: ({ row }) => <RunsCell policy={row.original} />,
      },
      {
        id: 'refusals',
        header: t('policy.refusals', 'Held back by'),
        cell: ({ row }) => <RefusalsCell policy={row.original} />,
      },
    ],
    []
  );
  return <InteractiveTable columns={columns} data={policies} getRowId={({ spec }) => spec.name} />;
}

/** All policies with how far each goes alone and what came of it. */
export function PoliciesTab() {
  const policies = usePolicies();
  return (
    <>
      {policies.error === null ? null : <ErrorNotice error={policies.error} onRetry={() => void policies.refetch()} />}
      {policies.isPending ? <Skeleton heightPx={240} /> : null}
      {policies.data?.length === 0 ? (
        <EmptyState variant="call-to-action" message={t('policy.none', 'No policies yet')}>
          <Stack direction="column" gap={2} alignItems="center">
            <span>{t('policy.noneHow', 'Write one beside the settings file; it begins by only watching:')}</span>
            <Snippet file="provisioning/aiops/policies/shop.yaml" text={example} />
          </Stack>
        </EmptyState>
      ) : null}
      {policies.data !== undefined && policies.data.length > 0 ? <PolicyTable policies={policies.data} /> : null}
    </>
  );
}
