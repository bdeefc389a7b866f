import { t } from '@grafana/i18n';
import { ConfirmModal, RadioButtonGroup, Stack, Text } from '@grafana/ui';
import { useState } from 'react';
import { useSetPolicyMode } from '../../api/usePolicies.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { PolicyMode, type PolicySummary } from '../../../backend/src/contract/index.ts';
import { whyNoRun } from '../../remediation/permissions.ts';
import { modeHelp, modeText } from '../../remediation/runLook.ts';

/** Why the mode cannot be changed from here; undefined when it can. */
function whyFixed({ origin }: PolicySummary): string | undefined {
  return origin.kind === 'file'
    ? t('policy.provisioned', 'This policy is provisioned: change it in {{- file}}.', { file: origin.file })
    : whyNoRun();
}

/** How far the policy goes alone, changed only after a question; what it may not be yet says why. */
export function ModeChange({ policy }: { readonly policy: PolicySummary }) {
  const { spec, promotion } = policy;
  const set = useSetPolicyMode(spec.name);
  const [asked, setAsked] = useState<PolicyMode>();
  const refusal = whyFixed(policy);
  const options = PolicyMode.options.map((mode) => ({
    value: mode,
    label: modeText(mode),
    description: modeHelp(mode),
  }));
  const notYet: PolicyMode[] = promotion === null || spec.mode === 'auto' ? [] : ['auto'];
  return (
    <Stack direction="column" gap={1} alignItems="flex-start">
      <RadioButtonGroup
        aria-label={t('policy.mode', 'Mode')}
        options={options}
        value={spec.mode}
        disabled={refusal !== undefined || set.isPending}
        disabledOptions={notYet}
        onChange={(mode) => mode !== spec.mode && setAsked(mode)}
      />
      <Text>{modeHelp(spec.mode)}</Text>
      {refusal === undefined ? null : <Text color="secondary">{refusal}</Text>}
      {promotion === null || spec.mode === 'auto' ? null : (
        <Text color="secondary">{t('policy.notYetAuto', 'Not auto yet: {{- reason}}', { reason: promotion })}</Text>
      )}
      {set.error === null ? null : <ErrorNotice error={set.error} />}
      <ConfirmModal
        isOpen={asked !== undefined}
        title={t('policy.modeTitle', '{{- policy}}: from {{- from}} to {{- to}}?', {
          policy: spec.title ?? spec.name,
          from: modeText(spec.mode),
          to: asked === undefined ? '' : modeText(asked),
        })}
        body={asked === undefined ? '' : modeHelp(asked)}
        confirmText={t('policy.modeConfirm', 'Change the mode')}
        confirmButtonVariant="primary"
        onConfirm={() => {
          setAsked(undefined);
          if (asked !== undefined) {
            set.mutate(asked);
          }
        }}
        onDismiss={() => setAsked(undefined)}
      />
    </Stack>
  );
}
