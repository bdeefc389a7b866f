import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { ForecastOutcome } from '../../../backend/src/forecasting/forecast-task.ts';
import { packForecast, unpackForecast } from './packed.ts';
import { hourlyMeans, m4Unit, readLeadToCash, readM4, rollingUnits } from './sets.ts';
import { taskOf } from './units.ts';

const minuteMs = 60_000;
const series = {
  name: 'cpu',
  values: Float64Array.from({ length: 10 }, (_, i) => i),
  startMs: 0,
  stepMs: 20 * minuteMs,
};

function folderWith(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'bench-sets-'));
  Object.entries(files).forEach(([name, text]) => {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), gzipSync(text));
  });
  return dir;
}

describe('windows', () => {
  test('lie at the end without overlap, each with everything before it', () => {
    const units = rollingUnits('set', series, { horizon: 3, count: 2 });

    expect(units.map(({ id }) => id)).toEqual(['set/cpu/4+3', 'set/cpu/7+3']);
    expect(units.map(({ actual }) => [...actual])).toEqual([
      [4, 5, 6],
      [7, 8, 9],
    ]);
    expect([...units[1]!.history]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('of hours are over the means of full hours', () => {
    expect([...hourlyMeans(series).values]).toEqual([1, 4, 7]);
  });
});

describe('data sets', () => {
  test('of M4 end where cells are empty, and test rows are found by name', () => {
    const dir = folderWith({
      'm4/Hourly-train.csv.gz': '"V1","V2","V3"\n"H1","5",\n"H2","6","7"\n',
      'm4/Hourly-test.csv.gz': '"V1","V2"\n"H2","8"\n"H1","9"\n',
    });
    const [first, second] = readM4(dir, 'Hourly');

    expect([...first!.values, ...first!.future]).toEqual([5, 9]);
    expect(m4Unit('m4', second!)).toMatchObject({ id: 'm4/H2/2+1', series: 'H2' });
  });

  test('with instants start at the first, and flags are left out', () => {
    const dir = folderWith({
      'bizitobs/L2C.csv.gz':
        'date,orders,Unable to connect to SAP,Approval system not available\n2020-11-01 00:00:00+00:00,1.5,0,1\n2020-11-01 00:05:00+00:00,2,0,0\n',
    });

    expect(readLeadToCash(dir)).toEqual([
      {
        name: 'orders',
        values: Float64Array.of(1.5, 2),
        startMs: Date.UTC(2020, 10, 1),
        stepMs: 5 * minuteMs,
      },
    ]);
  });
});

describe('a task', () => {
  test('is what a job would make: no more history than it reads, with its instants, and none of what is judged', () => {
    const values = Float64Array.from({ length: 9_000 }, (_, i) => i);
    const unit = { ...rollingUnits('set', { ...series, values }, { horizon: 12, count: 1 })[0]! };

    const task = taskOf(unit, 'auto', 1);

    expect(task.values).toHaveLength(8_064);
    expect(task.values.buffer.byteLength).toBe(8 * 8_064);
    expect(task.values.at(-1)).toBe(9_000 - 13);
    expect(task.timestampsMs.at(-1)).toBe((9_000 - 13) * series.stepMs);
    expect(task.horizonMs).toBe(12 * series.stepMs);
  });
});

describe('a stored forecast', () => {
  const outcome: ForecastOutcome = {
    state: 'modelled',
    notes: [],
    history: series,
    heldOut: undefined,
    forecast: {
      startMs: 0,
      stepMs: minuteMs,
      expected: Float32Array.of(1.5, -2, 3e-9),
      levels: [{ levelPercent: 80, lower: Float32Array.of(0, -3, -1), upper: Float32Array.of(2, 0, 1) }],
    },
    anomalies: [],
    nowScore: undefined,
    backtest: undefined,
    model: 'blend',
    cpuSeconds: 0.25,
  };

  test('comes back from JSON as it was', () => {
    const back = unpackForecast(JSON.parse(JSON.stringify(packForecast('unit', outcome))));

    expect(back.expected).toEqual(outcome.forecast?.expected);
    expect(back.bands.get(80)?.lower).toEqual(Float32Array.of(0, -3, -1));
    expect(back).toMatchObject({ model: 'blend', cpuSeconds: 0.25 });
  });

  test('cannot be of a series that got none: the unit is named', () => {
    const warming: ForecastOutcome = { ...outcome, state: 'warming-up', forecast: undefined };

    expect(() => packForecast('m4/H1', warming)).toThrow('m4/H1 got no forecast: it is warming up');
  });
});
