import { t } from '@grafana/i18n';
import { Combobox, InlineField, Input, Stack, TimeRangeInput } from '@grafana/ui';
import { useId } from 'react';
import { useJobs } from '../../api/useJobs.ts';
import { DetectionKind, Verdict } from '../../../backend/src/contract/index.ts';
import { anomalyStateLook, kindText, verdictLook } from '../../anomalies/anomalyLook.ts';
import type { useAnomalyFilter } from './useAnomalyFilter.ts';

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: ReadonlyArray<{ readonly value: string; readonly label: string }>;
  readonly width?: number;
  readonly onChange: (value: string) => void;
}

/** One of a few, with "All" first. */
function Choice({ label, value, options, width = 20, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <InlineField label={label} htmlFor={id}>
      <Combobox
        id={id}
        width={width}
        value={value}
        options={[{ value: 'all', label: t('forecasts.all', 'All') }, ...options]}
        onChange={(option) => onChange(option.value)}
      />
    </InlineField>
  );
}

/** Search, job, kind, state, verdict and range of the list. */
export function AnomalyFilters({ of }: { readonly of: ReturnType<typeof useAnomalyFilter> }) {
  const { typed, filter, range, onSet, onRange } = of;
  const jobs = useJobs({ search: '', state: 'all' });
  const names = (jobs.data?.pages ?? []).flatMap((page) => page.items.map(({ spec }) => spec.name));
  const known = filter.job === '' || names.includes(filter.job) ? names : [filter.job, ...names];
  return (
    <Stack direction="row" gap={1} wrap="wrap" alignItems="center">
      <Input
        width={36}
        value={typed}
        placeholder={t('anomalies.search', 'Search by label, job or text')}
        aria-label={t('anomalies.search', 'Search by label, job or text')}
        onChange={(event) => onSet('search', event.currentTarget.value)}
      />
      <Choice
        label={t('anomaly.job', 'Job')}
        width={24}
        value={filter.job === '' ? 'all' : filter.job}
        options={known.map((name) => ({ value: name, label: name }))}
        onChange={(value) => onSet('job', value)}
      />
      <Choice
        label={t('anomaly.kind', 'Kind')}
        value={filter.kind}
        options={DetectionKind.options.map((kind) => ({ value: kind, label: kindText(kind) }))}
        onChange={(value) => onSet('kind', value)}
      />
      <Choice
        label={t('anomaly.state', 'State')}
        width={14}
        value={filter.state}
        options={(['open', 'closed'] as const).map((state) => ({ value: state, label: anomalyStateLook(state).text }))}
        onChange={(value) => onSet('state', value)}
      />
      <Choice
        label={t('anomaly.verdict', 'Verdict')}
        width={16}
        value={filter.verdict}
        options={[
          { value: 'none', label: t('verdict.none', 'Not judged') },
          ...Verdict.options.map((verdict) => ({ value: verdict, label: verdictLook(verdict).text })),
        ]}
        onChange={(value) => onSet('verdict', value)}
      />
      <TimeRangeInput value={range} onChange={onRange} showIcon />
    </Stack>
  );
}
