import { t } from '@grafana/i18n';
import { Badge, InteractiveTable, Stack, Text, type Column } from '@grafana/ui';
import { useMemo } from 'react';
import type { Backtest, BacktestRow } from '../../backend/src/contract/index.ts';
import { formatRatio, formatValue } from './format.ts';
import { horizonCoverage, reasonText } from './reason.ts';
import { coverageSentence } from './summary.ts';

interface BacktestTableProps {
  readonly backtest: Backtest;
  readonly unit: string | undefined;
}

function ModelCell({ row, selected }: { readonly row: BacktestRow; readonly selected: string }) {
  return (
    <Stack direction="row" gap={1} alignItems="center">
      <span>{row.model}</span>
      {row.model === selected ? <Badge color="green" icon="check" text={t('backtest.used', 'Used')} /> : null}
      {row.excluded === null ? null : <Text color="secondary">{row.excluded}</Text>}
    </Stack>
  );
}

const isMeasured = ({ coverage }: BacktestRow) => coverage.some(({ measuredRatio }) => measuredRatio !== null);
const number = (value: number | null, digits: number) => (value === null ? '–' : value.toFixed(digits));

/** How every candidate did on the data it had not seen; what the forecast uses is on top. */
export function BacktestTable({ backtest, unit }: BacktestTableProps) {
  const columns = useMemo<Array<Column<BacktestRow>>>(
    () => [
      {
        id: 'model',
        header: t('backtest.model', 'Model'),
        cell: ({ row }) => <ModelCell row={row.original} selected={backtest.selected} />,
      },
      {
        id: 'mase',
        header: t('backtest.mase', 'Error (MASE, below 1 beats repeating the past)'),
        cell: ({ row }) => number(row.original.mase, 2),
      },
      {
        id: 'mae',
        header: t('backtest.mae', 'Mean error'),
        cell: ({ row }) => (row.original.mae === null ? '–' : formatValue(row.original.mae, unit)),
      },
      {
        id: 'coverage',
        header: t('backtest.coverage', 'Bands'),
        cell: ({ row }) => (isMeasured(row.original) ? coverageSentence(row.original.coverage) : '–'),
      },
      {
        id: 'seconds',
        header: t('backtest.seconds', 'Seconds a fit'),
        cell: ({ row }) => number(row.original.seconds, 2),
      },
      {
        id: 'weight',
        header: t('backtest.weight', 'Share'),
        cell: ({ row }) => (row.original.weight === 0 ? '–' : formatRatio(row.original.weight)),
      },
    ],
    [backtest.selected, unit]
  );
  const rows = useMemo(
    () =>
      [...backtest.rows].sort((a, b) => Number(b.model === backtest.selected) - Number(a.model === backtest.selected)),
    [backtest.rows, backtest.selected]
  );
  const byHorizon = horizonCoverage(backtest);
  return (
    <Stack direction="column" gap={1}>
      <Text>{reasonText(backtest)}</Text>
      <InteractiveTable columns={columns} data={rows} getRowId={(row) => row.model} />
      {byHorizon === undefined ? null : <Text>{byHorizon}</Text>}
    </Stack>
  );
}
