import type { Note } from '../../contract/forecast.ts';
import type { ValueRange } from '../../contract/job.ts';
import type { BandArrays, ForecastOutcome } from '../../forecasting/forecast-task.ts';
import type { Holiday } from './learnable-history.ts';

/**
 * On a coming holiday the band is this many times as wide: the models have learned ordinary days only, and how far a
 * holiday is from them is not known. Not fitted to any data.
 */
const widerBy = 2;

/** The outcome with wider bands on coming holidays and a note that says so; hard limits of the values stay. */
export function widenOnHolidays(
  outcome: ForecastOutcome,
  holidays: readonly Holiday[],
  range: ValueRange | undefined
): ForecastOutcome {
  const { forecast } = outcome;
  if (forecast === undefined) {
    return outcome;
  }
  const endMs = forecast.startMs + forecast.expected.length * forecast.stepMs;
  const coming = holidays.filter((day) => day.startMs < endMs && day.endMs > forecast.startMs);
  if (coming.length === 0) {
    return outcome;
  }
  const names = [...new Set(coming.map(({ name }) => name))].join(', ');
  const text = `The band is ${widerBy} times as wide on ${names}: holidays are not learned, so what they do is not known.`;
  const note: Note = { code: 'holidays', severity: 'info', text, facts: { names, times: widerBy } };
  return { ...outcome, forecast: widened(forecast, coming, range), notes: [...outcome.notes, note] };
}

function widened(band: BandArrays, holidays: readonly Holiday[], range: ValueRange | undefined): BandArrays {
  const steps = stepsIn(band, holidays);
  const levels = band.levels.map(({ levelPercent, lower, upper }) => {
    const wider = { levelPercent, lower: Float32Array.from(lower), upper: Float32Array.from(upper) };
    for (const i of steps) {
      const expected = band.expected[i] ?? NaN;
      const below = expected - (lower[i] ?? NaN);
      const above = (upper[i] ?? NaN) - expected;
      wider.lower[i] = Math.max(range?.min ?? -Infinity, expected - widerBy * below);
      wider.upper[i] = Math.min(range?.max ?? Infinity, expected + widerBy * above);
    }
    return wider;
  });
  return { ...band, levels };
}

/** Steps that lie in a holiday, each once: two calendars may know the same day. */
function stepsIn({ startMs, stepMs, expected }: BandArrays, holidays: readonly Holiday[]): ReadonlySet<number> {
  const steps = new Set<number>();
  for (const { startMs: fromMs, endMs } of holidays) {
    const last = Math.min(expected.length - 1, Math.ceil((endMs - startMs) / stepMs) - 1);
    for (let i = Math.max(0, Math.ceil((fromMs - startMs) / stepMs)); i <= last; i++) {
      steps.add(i);
    }
  }
  return steps;
}
