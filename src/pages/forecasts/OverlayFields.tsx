import { t } from '@grafana/i18n';
import { Alert, Badge, Box, Checkbox, Field, RadioButtonGroup, Stack, Text } from '@grafana/ui';
import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { explain } from '../../api/api-error.ts';
import { useOverlayTargets } from '../../api/useOverlays.ts';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { OverlayTarget } from '../../../backend/src/contract/index.ts';
import type { DetectionValues } from './detectionValues.ts';
import type { JobFormValues } from './jobFormValues.ts';

export function matchText(match: OverlayTarget['match']): string {
  switch (match) {
    case 'same':
      return t('overlay.same', 'Same query');
    case 'equivalent':
      return t('overlay.equivalent', 'Same query in other words');
    case 'similar':
      return t('overlay.similar', 'Same metric, other labels or functions');
  }
}

interface TargetListProps {
  readonly targets: readonly OverlayTarget[];
  readonly chosen: readonly string[];
  readonly choosable: boolean;
  readonly onChange: (panels: string[]) => void;
}

function TargetList({ targets, chosen, choosable, onChange }: TargetListProps) {
  const known = targets.map(({ panel }) => panel);
  const lost = chosen.filter((panel) => !known.includes(panel));
  const toggle = (panel: string, on: boolean) =>
    onChange(on ? [...chosen, panel] : chosen.filter((one) => one !== panel));
  return (
    <Stack direction="column" gap={0.5}>
      {targets.map(({ panel, dashboardTitle, panelTitle, match, provisioned }) => (
        <Stack key={panel} direction="row" gap={1} alignItems="center" wrap="wrap">
          {choosable ? (
            <Checkbox
              label={`${dashboardTitle} / ${panelTitle}`}
              value={chosen.includes(panel)}
              onChange={(event) => toggle(panel, event.currentTarget.checked)}
            />
          ) : (
            <Text>{`${dashboardTitle} / ${panelTitle}`}</Text>
          )}
          <Badge color={match === 'same' ? 'green' : 'blue'} text={matchText(match)} />
          {provisioned ? <Badge color="darkgrey" icon="lock" text={t('overlay.provisioned', 'Provisioned')} /> : null}
        </Stack>
      ))}
      {choosable
        ? lost.map((panel) => (
            <Checkbox
              key={panel}
              label={t('overlay.lost', '{{- panel}} (not found any more)', { panel })}
              value
              onChange={() => toggle(panel, false)}
            />
          ))
        : null}
    </Stack>
  );
}

/** The panels that a job's query is found on; to be chosen, or to be seen before "matching" is saved. */
function Targets({ job, choosable }: { readonly job: string; readonly choosable: boolean }) {
  const { control } = useFormContext<JobFormValues>();
  const targets = useOverlayTargets(job);
  if (targets.error !== null) {
    return (
      <Alert severity="warning" title={explain(targets.error).title} topSpacing={0}>
        {explain(targets.error).text}
      </Alert>
    );
  }
  if (targets.data === undefined) {
    return <Skeleton heightPx={60} label={t('overlay.searching', 'Looking through the dashboards…')} />;
  }
  const { items, dashboards, error } = targets.data;
  const shown = choosable ? items : items.filter(({ match }) => match !== 'similar');
  return (
    <Stack direction="column" gap={1}>
      {error === null ? null : <Alert severity="warning" title={error} topSpacing={0} />}
      <Text color="secondary">
        {t(
          'overlay.found',
          'Panels with this query: {{- panels}}, in {{- dashboards}} dashboards that were looked through. No dashboard is edited.',
          {
            panels: shown.length,
            dashboards,
          }
        )}
      </Text>
      <Controller
        control={control}
        name="overlayPanels"
        render={({ field, fieldState }) => (
          <>
            <TargetList targets={shown} chosen={field.value} choosable={choosable} onChange={field.onChange} />
            {fieldState.error === undefined ? null : (
              <Text color="error">{t('overlay.chooseOne', 'Choose at least one panel')}</Text>
            )}
          </>
        )}
      />
    </Stack>
  );
}

/** On which panels anomalies are drawn as annotations. */
export function OverlayFields({ editing }: { readonly editing: string | undefined }) {
  const { control } = useFormContext<JobFormValues>();
  const overlay = useWatch({ control, name: 'overlay' });
  const choices: Array<{ value: DetectionValues['overlay']; label: string }> = [
    { value: 'none', label: t('overlay.none', 'Nowhere') },
    { value: 'matching', label: t('overlay.matching', 'On panels with this query') },
    { value: 'chosen', label: t('overlay.chosen', 'On chosen panels') },
  ];
  return (
    <>
      <Controller
        control={control}
        name="overlay"
        render={({ field }) => (
          <Field
            label={t('overlay.title', 'Draw anomalies on dashboards')}
            description={t('overlay.help', 'As annotations on the panels that people already have')}
          >
            <RadioButtonGroup options={choices} value={field.value} onChange={field.onChange} />
          </Field>
        )}
      />
      {overlay === 'none' ? null : editing === undefined ? (
        <Text color={overlay === 'chosen' ? 'warning' : 'secondary'} element="p">
          {overlay === 'chosen'
            ? t('overlay.saveFirst', 'Save the job first: its panels can be chosen when it is edited.')
            : t(
                'overlay.foundLater',
                'The panels are looked for once the job is saved; they are listed when it is edited.'
              )}
        </Text>
      ) : (
        <Box marginBottom={2}>
          <Targets job={editing} choosable={overlay === 'chosen'} />
        </Box>
      )}
    </>
  );
}
