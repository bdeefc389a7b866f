import { t } from '@grafana/i18n';
import type { Backtest, BacktestRow } from '../../backend/src/contract/index.ts';
import { formatRatio, formatSpan } from './format.ts';

/** The best family beside what was selected; undefined when there was no other. */
function rivalOf({ rows, selected }: Backtest): BacktestRow | undefined {
  return rows
    .filter(({ model, mae, excluded }) => model !== 'blend' && model !== selected && mae !== null && excluded === null)
    .sort((a, b) => (a.mae ?? Infinity) - (b.mae ?? Infinity))[0];
}

function blendReason(backtest: Backtest, rival: BacktestRow | undefined): string {
  const { rows, selected } = backtest;
  const own = rows.find(({ model }) => model === selected)?.mae ?? null;
  const count = rows.filter(({ model, weight }) => model !== selected && weight > 0).length;
  if (own === null || rival?.mae == null || rival.mae === 0) {
    return t('reason.blend', 'A blend of {{- count}} models.', { count });
  }
  const percent = Math.round(100 * (1 - own / rival.mae));
  const values = { count, percent: Math.abs(percent), rival: rival.model };
  if (percent < 0) {
    return t(
      'reason.blendBehind',
      'A blend of {{- count}} models: {{- percent}} % further off on data it had not seen than {{- rival}}, which is known to be the best single model only afterwards.',
      values
    );
  }
  return percent === 0
    ? t(
        'reason.blendEqual',
        'A blend of {{- count}} models: as close on data it had not seen as the best single model, {{- rival}}.',
        { count, rival: rival.model }
      )
    : t(
        'reason.blendAhead',
        'A blend of {{- count}} models: {{- percent}} % closer on data it had not seen than the best single model, {{- rival}}.',
        values
      );
}

/** Why this model won, in the reader's language and from the table's own figures. */
export function reasonText(backtest: Backtest): string {
  const rival = rivalOf(backtest);
  const { selected } = backtest;
  if (selected === 'blend') {
    return blendReason(backtest, rival);
  }
  return rival === undefined
    ? t('reason.only', 'Only {{- model}} could take part.', { model: selected })
    : t(
        'reason.single',
        '{{- model}} alone: the next best on data it had not seen, {{- rival}}, was much further off.',
        {
          model: selected,
          rival: rival.model,
        }
      );
}

/** How often the widest band was right, near and far: "0 h–8 h 96 %, 8 h–16 h 94 % …"; undefined when unmeasured. */
export function horizonCoverage({ coverageByHorizon }: Backtest): string | undefined {
  const parts = coverageByHorizon.flatMap(({ fromMs, toMs, coverage }) => {
    const widest = [...coverage].sort((a, b) => b.levelPercent - a.levelPercent)[0];
    return widest?.measuredRatio == null
      ? []
      : [
          {
            text: `${formatSpan(fromMs)}–${formatSpan(toMs)} ${formatRatio(widest.measuredRatio)}`,
            promised: widest.levelPercent,
          },
        ];
  });
  return parts.length === 0
    ? undefined
    : t('backtest.byHorizon', 'Right by how far ahead: {{- parts}} ({{- promised}} % promised).', {
        parts: parts.map(({ text }) => text).join(', '),
        promised: parts[0]?.promised,
      });
}
