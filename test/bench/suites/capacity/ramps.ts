import type { RegularSeries } from '../../../../backend/src/timeseries/series.ts';

const dayMs = 86_400_000;

/** A made series that grows to its limit, cut where half of the time from its last clean-up to the crossing is over. */
export interface Ramp {
  readonly kind: RampKind;
  /** What a forecaster may see. */
  readonly seen: RegularSeries;
  readonly limit: number;
  /** First value at or above the limit. */
  readonly crossedAtMs: number;
}

export const rampKinds = ['steady', 'wandering', 'after clean-ups', 'cleaned each few days'] as const;
export type RampKind = (typeof rampKinds)[number];
export const flatKinds = ['flat', 'flat, cleaned each few days', 'falling'] as const;
export type FlatKind = (typeof flatKinds)[number];

interface Chance {
  uniform(): number;
  normal(): number;
}

/** Uniform and normal numbers by a 32-bit xorshift, on purpose not the product's own generator. */
export function chanceOf(seed: number): Chance {
  let state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 20; i++) {
    uniform();
  }
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

const between = ({ uniform }: Chance, low: number, high: number) => low + (high - low) * uniform();

/** What is drawn once for each series; levels are in percent. */
interface Shape {
  readonly stepMs: number;
  readonly growthPerStep: number;
  /** Spread of the level's own wandering over the whole way, as a share of the way. */
  readonly wanderPerStep: number;
  readonly noise: number;
  /** Correlation of the noise from one step to the next. */
  readonly memory: number;
  readonly cycle: number;
  readonly phase: number;
}

/** Seeded; the same seed and kind give the same series. */
export function makeRamp(kind: RampKind, seed: number): Ramp {
  const chance = chanceOf(seed * 8 + rampKinds.indexOf(kind));
  const stepMs = [1, 5, 10, 15][Math.floor(chance.uniform() * 4)]! * 60_000;
  const way = between(chance, 20, 60);
  // from six hours (a leak) to eight weeks (a disk)
  const days = Math.exp(between(chance, Math.log(0.25), Math.log(56)));
  const steps = Math.max(60, Math.round((days * dayMs) / stepMs));
  const shape: Shape = {
    stepMs,
    growthPerStep: way / steps,
    wanderPerStep: kind === 'wandering' ? (between(chance, 0.05, 0.15) * way) / Math.sqrt(steps) : 0,
    noise: between(chance, 0.005, 0.06) * way,
    memory: chance.uniform() < 0.5 ? 0 : between(chance, 0.3, 0.9),
    cycle: days < 3 || chance.uniform() < 0.3 ? 0 : between(chance, 0.01, 0.12) * way,
    phase: chance.uniform(),
  };
  const limit = between(chance, 80, 95);
  const start = limit - way;
  const made =
    kind === 'cleaned each few days'
      ? sawtoothRamp(shape, chance, { start, limit, steps })
      : lastRamp(shape, chance, {
          start,
          limit,
          cleanUps: kind === 'after clean-ups' ? 1 + Math.floor(chance.uniform() * 4) : 0,
        });
  return { kind, limit, ...made };
}

/** Growth and drops of one series, value by value. */
function valueMaker(shape: Shape, chance: Chance) {
  let wander = 0;
  let noise = chance.normal();
  let step = 0;
  return (level: number) => {
    wander += shape.wanderPerStep * chance.normal();
    noise = shape.memory * noise + Math.sqrt(1 - shape.memory ** 2) * chance.normal();
    const day = (step++ * shape.stepMs) / dayMs + shape.phase;
    return level + wander + shape.noise * noise + shape.cycle * Math.sin(2 * Math.PI * day);
  };
}

/** Clean-ups by hand before, at heights of no rule, each ramp with growth of its own; none after the last. */
function lastRamp(
  shape: Shape,
  chance: Chance,
  { start, limit, cleanUps }: { start: number; limit: number; cleanUps: number }
) {
  const next = valueMaker(shape, chance);
  const values: number[] = [];
  let level = start;
  for (let k = 0; k < cleanUps; k++) {
    const top = start + between(chance, 0.4, 0.9) * (limit - start);
    const growth = shape.growthPerStep * Math.exp(0.15 * chance.normal());
    for (; level < top; level += growth) {
      values.push(next(level));
    }
    level = start + between(chance, -0.1, 0.2) * (limit - start);
  }
  const growth = shape.growthPerStep * (cleanUps === 0 ? 1 : Math.exp(0.15 * chance.normal()));
  const from = values.length;
  const most = from + Math.ceil((20 * (limit - start)) / growth);
  let crossed = -1;
  while (crossed < 0 && values.length < most) {
    const value = next(level);
    level += growth;
    values.push(value);
    crossed = value >= limit ? values.length - 1 : -1;
  }
  return cut(values, shape.stepMs, { from, crossed });
}

/** Cleaned by a timer, with a floor that rises each time until the top reaches the limit; seen for half of the way. */
function sawtoothRamp(
  shape: Shape,
  chance: Chance,
  { start, limit, steps }: { start: number; limit: number; steps: number }
) {
  const next = valueMaker({ ...shape, cycle: 0 }, chance);
  const cycles = Math.round(between(chance, 14, 30));
  const period = Math.max(12, Math.round(steps / cycles));
  const tooth = between(chance, 0.2, 0.4) * (limit - start);
  const rise = (limit - start - tooth) / cycles;
  const values: number[] = [];
  let floor = start;
  let crossed = -1;
  for (let k = 0; k < 4 * cycles && crossed < 0; k++) {
    const length = Math.max(6, Math.round(period * (1 + 0.05 * chance.normal())));
    const growth = (tooth / period) * Math.exp(0.05 * chance.normal());
    for (let i = 0; i < length && crossed < 0; i++) {
      const value = next(floor + growth * i);
      values.push(value);
      crossed = value >= limit ? values.length - 1 : -1;
    }
    floor += rise * (1 + 0.3 * chance.normal());
  }
  return cut(values, shape.stepMs, { from: 0, crossed });
}

function cut(values: readonly number[], stepMs: number, { from, crossed }: { from: number; crossed: number }) {
  const half = from + Math.max(2, Math.round((crossed - from) / 2));
  return {
    seen: { startMs: 0, stepMs, values: Float64Array.from(values.slice(0, half)) },
    crossedAtMs: crossed * stepMs,
  };
}

/** A series that never gets to its limit. */
export function makeFlat(kind: FlatKind, seed: number): { readonly seen: RegularSeries; readonly limit: number } {
  const chance = chanceOf(seed * 8 + 4 + flatKinds.indexOf(kind));
  const stepMs = [1, 5, 15][Math.floor(chance.uniform() * 3)]! * 60_000;
  const days = Math.exp(between(chance, Math.log(0.5), Math.log(28)));
  const steps = Math.max(120, Math.round((days * dayMs) / stepMs));
  const next = valueMaker(
    {
      stepMs,
      growthPerStep: 0,
      wanderPerStep: 0,
      noise: between(chance, 0.2, 3),
      memory: chance.uniform() < 0.5 ? 0 : between(chance, 0.3, 0.95),
      cycle: chance.uniform() < 0.5 ? 0 : between(chance, 0.5, 6),
      phase: chance.uniform(),
    },
    chance
  );
  const period = Math.max(12, Math.round(steps / between(chance, 5, 15)));
  const level = (i: number) => {
    switch (kind) {
      case 'flat':
        return 60;
      case 'falling':
        return 70 - (20 * i) / steps;
      case 'flat, cleaned each few days':
        return 50 + (20 * (i % period)) / period;
    }
  };
  const values = Float64Array.from({ length: steps }, (_, i) => next(level(i)));
  return { seen: { startMs: 0, stepMs, values }, limit: 90 };
}
