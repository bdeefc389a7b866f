/** What the shop's pages cost and how many people come: shared by the running shop and by its back-filled past. */
export interface Route {
  readonly path: string;
  /** Share of the load, of all weights. */
  readonly weight: number;
  readonly meanMs: number;
  readonly errorShare: number;
}

export const routes: readonly Route[] = [
  { path: '/products', weight: 6, meanMs: 40, errorShare: 0.001 },
  { path: '/cart', weight: 3, meanMs: 90, errorShare: 0.002 },
  { path: '/checkout', weight: 2, meanMs: 220, errorShare: 0.005 },
];

/** Upper bounds of the histogram of durations. */
export const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5] as const;

const mostRequestsPerSecond = 20;

/** A time around `meanMs` with a long tail, as answers of services have. */
export function workMs(meanMs: number, random: () => number): number {
  return meanMs * (0.4 - 0.6 * Math.log(1 - random()));
}

/** Requests a second at a time of day (UTC): least at four in the morning, most in the afternoon, and never above the limit. */
export function requestsPerSecond(timeMs: number, random: () => number): number {
  const day = (timeMs % 86_400_000) / 86_400_000;
  const wave = 0.5 - 0.5 * Math.cos(2 * Math.PI * (day - 4 / 24));
  return Math.min(mostRequestsPerSecond, 6 + 8 * wave + random());
}

/** The page that a visitor asks for; undefined only where rounding leaves none. */
export function pickRoute(random: () => number): Route | undefined {
  let left = random() * routes.reduce((sum, route) => sum + route.weight, 0);
  return routes.find((route) => (left -= route.weight) < 0);
}
