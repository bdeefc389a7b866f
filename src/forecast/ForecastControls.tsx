import { t } from '@grafana/i18n';
import { Combobox, InlineField, Spinner, Stack } from '@grafana/ui';
import { useId } from 'react';
import type { PanelSeries } from './seriesFromFrames.ts';
import {
  choicesOf,
  horizonChoicesMs,
  pastChoicesMs,
  trainingWindowsMs,
  type HorizonChoice,
  type PastChoice,
  type TrainingWindow,
} from './training.ts';
import { formatSpan } from './format.ts';
import { SensitivitySlider } from './SensitivitySlider.tsx';

export interface ForecastChoices {
  readonly training: TrainingWindow;
  readonly past: PastChoice;
  readonly horizon: HorizonChoice;
  /** How many alerts a week the series may raise. */
  readonly alertsPerWeek: number;
  /** The first series when undefined. */
  readonly seriesKey: string | undefined;
}

interface ForecastControlsProps {
  readonly choices: ForecastChoices;
  readonly series: readonly PanelSeries[];
  readonly busy: boolean;
  /** Alerts a week that the back-test measured. */
  readonly measured: number | undefined;
  readonly onChange: (choices: ForecastChoices) => void;
}

interface SpanPickerProps<K extends string> {
  readonly label: string;
  readonly table: Readonly<Record<K, number>>;
  readonly value: K;
  readonly onChange: (value: K) => void;
}

function SpanPicker<K extends string>({ label, table, value, onChange }: SpanPickerProps<K>) {
  const id = useId();
  return (
    <InlineField label={label} htmlFor={id}>
      <Combobox<K>
        id={id}
        width={12}
        value={value}
        options={choicesOf(table).map((key) => ({ value: key, label: formatSpan(table[key]) }))}
        onChange={(option) => onChange(option.value)}
      />
    </InlineField>
  );
}

/** Which series, how much history to learn from, and how much of past and future to draw. */
export function ForecastControls({ choices, series, busy, measured, onChange }: ForecastControlsProps) {
  const id = useId();
  const current = series.find(({ key }) => key === choices.seriesKey) ?? series[0];
  return (
    <Stack direction="row" gap={1} wrap="wrap" alignItems="center">
      {series.length > 1 && current !== undefined ? (
        <InlineField label={t('modal.series', 'Series ({{- count}})', { count: series.length })} htmlFor={id}>
          <Combobox
            id={id}
            width={50}
            value={current.key}
            options={series.map(({ key, name, refId }) => ({ value: key, label: name, description: refId }))}
            onChange={(option) => onChange({ ...choices, seriesKey: option.value })}
          />
        </InlineField>
      ) : null}
      <SpanPicker
        label={t('modal.past', 'Past')}
        table={pastChoicesMs}
        value={choices.past}
        onChange={(past) => onChange({ ...choices, past })}
      />
      <SpanPicker
        label={t('modal.next', 'Next')}
        table={horizonChoicesMs}
        value={choices.horizon}
        onChange={(horizon) => onChange({ ...choices, horizon })}
      />
      <SpanPicker
        label={t('modal.training', 'Learn from')}
        table={trainingWindowsMs}
        value={choices.training}
        onChange={(training) => onChange({ ...choices, training })}
      />
      <SensitivitySlider
        alertsPerWeek={choices.alertsPerWeek}
        measured={measured}
        onChange={(alertsPerWeek) => onChange({ ...choices, alertsPerWeek })}
      />
      {busy ? <Spinner inline /> : null}
    </Stack>
  );
}
