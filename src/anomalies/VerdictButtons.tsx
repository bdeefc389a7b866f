import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import { Alert, Button, Stack, Text } from '@grafana/ui';
import { useState } from 'react';
import { useJudge } from '../api/useAnomalies.ts';
import { Ago } from '../components/Ago.tsx';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Verdict, type AnomalyRecord, type JudgedAnomaly } from '../../backend/src/contract/index.ts';
import { writeAction } from '../pluginId.ts';
import { verdictLook } from './anomalyLook.ts';
import { VerdictChange } from './VerdictChange.tsx';

export function whyNoVerdict(): string | undefined {
  return hasPermission(writeAction)
    ? undefined
    : t('verdict.needsRole', 'Saying what an anomaly was needs the Editor role in this organization.');
}

function verdictHint(verdict: Verdict): string {
  switch (verdict) {
    case 'real':
      return t('verdict.realHint', 'Something was wrong: the alert was right, and this time leaves the training data');
    case 'expected':
      return t('verdict.expectedHint', 'It was unusual, but planned or known: the models may learn from it');
    case 'false-alarm':
      return t('verdict.falseAlarmHint', 'Nothing was wrong: alerts like this one should not come');
  }
}

function Given({ anomaly, onUndo, busy }: { anomaly: AnomalyRecord; onUndo: () => void; busy: boolean }) {
  if (anomaly.verdict === null) {
    return null;
  }
  const refusal = whyNoVerdict();
  return (
    <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
      <Text>
        {t('verdict.given', '{{- verdict}}, said {{- by}}', {
          verdict: verdictLook(anomaly.verdict.verdict).text,
          by: anomaly.verdict.by,
        })}{' '}
        <Ago timeMs={anomaly.verdict.atMs} />
      </Text>
      <Button
        size="sm"
        variant="secondary"
        icon="history"
        disabled={refusal !== undefined || busy}
        tooltip={refusal ?? ''}
        onClick={onUndo}
      >
        {t('verdict.undo', 'Take back')}
      </Button>
    </Stack>
  );
}

/** What became of the job's setting; in a provisioned job it has to be written by hand. */
function SettingNotice({ setting }: { readonly setting: JudgedAnomaly['setting'] }) {
  switch (setting.state) {
    case 'unchanged':
      return null;
    case 'applied':
      return (
        <Text color="secondary">
          {t('verdict.applied', 'The job now has {{- key}}: {{- value}}', { key: setting.key, value: setting.value })}
        </Text>
      );
    case 'in-file':
      return (
        <Alert
          severity="info"
          topSpacing={0}
          title={t('verdict.inFile', 'The job is provisioned: write this in {{- file}}', {
            file: setting.line === null ? setting.file : `${setting.file}:${setting.line}`,
          })}
        >
          <code>{setting.write}</code>
        </Alert>
      );
  }
}

/** *Real · Expected · False alarm*: a choice first shows what it would change, and is applied by a second click. */
export function VerdictButtons({ anomaly }: { readonly anomaly: AnomalyRecord }) {
  const [chosen, setChosen] = useState<Verdict>();
  const judge = useJudge(anomaly.id);
  const refusal = whyNoVerdict();
  const given = anomaly.verdict?.verdict;
  return (
    <Stack direction="column" gap={1}>
      <div role="group" aria-label={t('verdict.question', 'What was it?')}>
        <Stack direction="row" gap={1} wrap="wrap">
          {Verdict.options.map((verdict) => {
            const { text, icon } = verdictLook(verdict);
            const active = (chosen ?? given) === verdict;
            return (
              <Button
                key={verdict}
                size="sm"
                icon={active ? 'check' : icon}
                variant={active ? 'primary' : 'secondary'}
                aria-pressed={active}
                disabled={refusal !== undefined || judge.isPending}
                tooltip={refusal ?? (active ? '' : verdictHint(verdict))}
                onClick={() => setChosen(verdict === given ? undefined : verdict)}
              >
                {text}
              </Button>
            );
          })}
        </Stack>
      </div>
      {chosen === undefined ? (
        <Given anomaly={anomaly} busy={judge.isPending} onUndo={() => judge.mutate({ verdict: null, apply: false })} />
      ) : (
        <VerdictChange
          anomaly={anomaly}
          verdict={chosen}
          busy={judge.isPending}
          onCancel={() => setChosen(undefined)}
          onApply={(apply) => judge.mutate({ verdict: chosen, apply }, { onSuccess: () => setChosen(undefined) })}
        />
      )}
      {judge.data === undefined ? null : <SettingNotice setting={judge.data.setting} />}
      {judge.error === null ? null : <ErrorNotice error={judge.error} />}
    </Stack>
  );
}
