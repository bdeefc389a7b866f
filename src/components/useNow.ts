import { useEffect, useState } from 'react';

/** The clock while `ticking`, read again every second; else the instant of the first drawing. */
export function useNow(ticking: boolean): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) {
      return undefined;
    }
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [ticking]);
  return nowMs;
}
