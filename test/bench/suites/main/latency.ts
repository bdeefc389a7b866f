import { performance } from 'node:perf_hooks';

/** Seconds that each of `count` calls took, one after another; `warmUp` calls before are not counted. */
export async function timings(
  count: number,
  warmUp: number,
  call: (index: number) => Promise<void>
): Promise<number[]> {
  const seconds: number[] = [];
  for (let i = -warmUp; i < count; i++) {
    const started = performance.now();
    await call(i + warmUp);
    if (i >= 0) {
      seconds.push((performance.now() - started) / 1000);
    }
  }
  return seconds;
}
