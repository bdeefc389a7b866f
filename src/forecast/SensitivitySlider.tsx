import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { InlineField, useStyles2 } from '@grafana/ui';
import { useId } from 'react';
import { alertsText, measuredText } from './sensitivity.ts';
import { nearestStep, sensitivitySteps, usualSensitivity } from './sensitivitySteps.ts';

interface SensitivitySliderProps {
  readonly alertsPerWeek: number;
  /** Alerts a week of one series in the back-test; undefined before there is one. */
  readonly measured: number | undefined;
  readonly onChange: (alertsPerWeek: number) => void;
}

/** Engines name the parts of a slider differently, and a rule that names a part unknown to one is dropped as a whole. */
function partsOf(theme: GrafanaTheme2) {
  const track = { height: 4, borderRadius: 2, background: theme.colors.border.medium };
  const thumb = {
    width: 14,
    height: 14,
    border: 'none',
    borderRadius: theme.shape.radius.circle,
    background: theme.colors.primary.main,
  };
  return {
    '&::-webkit-slider-runnable-track': track,
    '&::-moz-range-track': track,
    '&::-webkit-slider-thumb': { ...thumb, appearance: 'none', marginTop: -5 },
    '&::-moz-range-thumb': thumb,
  } as const;
}

const getStyles = (theme: GrafanaTheme2) => ({
  row: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), minHeight: theme.spacing(4) }),
  // The browser's own track is bright in the dark theme: it follows the page's colour scheme, which Grafana does not set.
  slider: css({
    width: 140,
    height: 14,
    appearance: 'none',
    background: 'transparent',
    cursor: 'pointer',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 4 },
    ...partsOf(theme),
  }),
  // As wide as its longest text, so that nothing beside it moves while it is dragged.
  text: css({ minWidth: 240 }),
});

/** How many alerts a week a series may raise, with what the back-test measured beside it. */
export function SensitivitySlider({ alertsPerWeek, measured, onChange }: SensitivitySliderProps) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const text = alertsText(alertsPerWeek);
  return (
    <InlineField
      label={t('sensitivity.label', 'Sensitivity')}
      htmlFor={id}
      tooltip={t(
        'sensitivity.help',
        'How many alerts a week one series may raise on average. The back-test tells how many it would have been.'
      )}
    >
      <div className={styles.row}>
        <input
          id={id}
          className={styles.slider}
          type="range"
          min={0}
          max={sensitivitySteps.length - 1}
          step={1}
          value={nearestStep(alertsPerWeek)}
          aria-valuetext={text}
          onChange={(event) => onChange(sensitivitySteps[event.currentTarget.valueAsNumber] ?? usualSensitivity)}
        />
        <output htmlFor={id} className={styles.text}>
          {[text, measuredText(measured)].join(' ').trim()}
        </output>
      </div>
    </InlineField>
  );
}
