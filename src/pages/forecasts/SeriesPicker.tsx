import { t } from '@grafana/i18n';
import { Combobox, InlineField } from '@grafana/ui';
import { useId } from 'react';
import { labelText } from '../../forecast/labelText.ts';
import type { JobSeries } from '../../../backend/src/contract/index.ts';

interface SeriesPickerProps {
  readonly series: readonly JobSeries[];
  readonly chosen: string | undefined;
  readonly total: number;
  readonly onChange: (id: string) => void;
}

/** Which series of a job to look at; nothing when there is no choice. */
export function SeriesPicker({ series, chosen, total, onChange }: SeriesPickerProps) {
  const id = useId();
  if (series.length < 2 || chosen === undefined) {
    return null;
  }
  return (
    <InlineField label={t('modal.series', 'Series ({{- count}})', { count: total })} htmlFor={id}>
      <Combobox
        id={id}
        width={60}
        value={chosen}
        options={series.map((one) => ({
          value: one.id,
          label: labelText(one.labels, one.id),
          description: one.model ?? '',
        }))}
        onChange={(option) => onChange(option.value)}
      />
    </InlineField>
  );
}
