const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Prometheus refuses more points a query than this. */
export const maxPoints = 11_000;

/** Steps that people and recording rules use: a step between two of them would only blur the data. */
const stepsMs = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440].map((minutes) => minutes * minuteMs);

export const trainingWindowsMs = { '7d': 7 * dayMs, '14d': 14 * dayMs, '28d': 28 * dayMs, '56d': 56 * dayMs } as const;
export type TrainingWindow = keyof typeof trainingWindowsMs;

export const pastChoicesMs = { '1d': dayMs, '2d': 2 * dayMs, '7d': 7 * dayMs, '28d': 28 * dayMs } as const;
export type PastChoice = keyof typeof pastChoicesMs;

export const horizonChoicesMs = { '6h': 6 * hourMs, '24h': dayMs, '3d': 3 * dayMs, '7d': 7 * dayMs } as const;
export type HorizonChoice = keyof typeof horizonChoicesMs;

/**
 * The finest usual step with at most 11,000 points in `windowMs`, never below a minute:
 * 28 d → 5 m (8,064 points), 7 d → 1 m (10,080 points).
 */
export function trainingStepMs(windowMs: number): number {
  return stepsMs.find((stepMs) => windowMs / stepMs <= maxPoints) ?? Math.ceil(windowMs / maxPoints);
}

/** Keys of a table of choices, as their own type. */
export function choicesOf<K extends string>(table: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(table).filter((key): key is K => key in table);
}
