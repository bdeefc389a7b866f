import { IANAZone } from 'luxon';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/**
 * How clocks of a place differ from UTC: the offset in milliseconds at an instant. A wall time is written as the instant
 * at which a clock in UTC shows the same.
 */
export type OffsetMs = (instantMs: number) => number;

export const utcOffset: OffsetMs = () => 0;

/** Offsets of an IANA zone; undefined when this runtime does not know it. */
export function zoneOffset(name: string): OffsetMs | undefined {
  if (!IANAZone.isValidZone(name)) {
    return undefined;
  }
  const zone = IANAZone.create(name);
  return (instantMs) => zone.offset(instantMs) * minuteMs;
}

/**
 * The instant of a wall time. A time that comes twice is the first; one that is skipped is counted on with the offset
 * before the gap (RFC 5545, 3.3.5).
 */
export function instantOfWall(wallMs: number, offset: OffsetMs): number {
  const before = offset(wallMs - dayMs);
  const after = offset(wallMs + dayMs);
  const candidates = [wallMs - before, wallMs - after].filter((instantMs) => instantMs + offset(instantMs) === wallMs);
  return candidates.length === 0 ? wallMs - before : Math.min(...candidates);
}

/** What a clock of the place shows at an instant. */
export function wallOfInstant(instantMs: number, offset: OffsetMs): number {
  return instantMs + offset(instantMs);
}
