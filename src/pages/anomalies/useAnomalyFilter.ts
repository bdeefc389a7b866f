import { dateMath, dateTime, rangeUtil, type TimeRange } from '@grafana/data';
import { useMemo, useState } from 'react';
import { z } from 'zod';
import type { AnomalyFilter } from '../../api/endpoints.ts';
import { useAddressFilter } from '../../components/useAddressFilter.ts';
import { useDelayed } from '../../components/useDelayed.ts';
import { DetectionKind, Verdict } from '../../../backend/src/contract/index.ts';

const searchDelayMs = 300;
const firstRange = { from: 'now-7d', to: 'now' } as const;
const State = z.enum(['open', 'closed']);
const GivenVerdict = z.union([Verdict, z.literal('none')]);

export type AnomalyFilterKey = 'search' | 'job' | 'kind' | 'state' | 'verdict';

const isEpoch = (text: string) => /^\d{1,15}$/.test(text);

/** A bound as the address holds it: `now-7d`, or epoch milliseconds; undefined when it is neither. */
function readBound(text: string | null): string | undefined {
  if (text === null) {
    return undefined;
  }
  const read = isEpoch(text) ? dateTime(Number(text)) : dateMath.toDateTime(text, {});
  return read?.isValid() === true ? text : undefined;
}

function toRange(from: string, to: string): TimeRange {
  const bound = (text: string) => (isEpoch(text) ? dateTime(Number(text)) : text);
  return rangeUtil.convertRawToRange({ from: bound(from), to: bound(to) });
}

/** The filter lives in the address, so that a link shows the same list. */
export function useAnomalyFilter() {
  const { params, set, clear } = useAddressFilter();
  const [typed, setTyped] = useState(params.get('search') ?? '');
  const search = useDelayed(typed, searchDelayMs).trim();
  const from = readBound(params.get('from')) ?? firstRange.from;
  const to = readBound(params.get('to')) ?? firstRange.to;
  const range = useMemo(() => toRange(from, to), [from, to]);
  const job = params.get('job') ?? '';
  const kind = DetectionKind.safeParse(params.get('kind')).data ?? 'all';
  const state = State.safeParse(params.get('state')).data ?? 'all';
  const verdict = GivenVerdict.safeParse(params.get('verdict')).data ?? 'all';
  // A range that ends now has no end: what begins while the page is open belongs to it.
  const fromMs = range.from.valueOf();
  const toMs = to === 'now' ? undefined : range.to.valueOf();
  const filter = useMemo<AnomalyFilter>(
    () => ({ search, job, kind, state, verdict, fromMs, toMs }),
    [search, job, kind, state, verdict, fromMs, toMs]
  );
  return {
    typed,
    filter,
    range,
    filtered: [search, job].some((text) => text !== '') || [kind, state, verdict].some((one) => one !== 'all'),
    onSet: (key: AnomalyFilterKey, value: string) => {
      if (key === 'search') {
        setTyped(value);
      }
      set({ [key]: value });
    },
    onRange: (chosen: TimeRange) => {
      const text = (bound: TimeRange['raw']['from']) => (typeof bound === 'string' ? bound : String(bound.valueOf()));
      set({ from: text(chosen.raw.from), to: text(chosen.raw.to) });
    },
    onClear: () => {
      setTyped('');
      clear();
    },
  };
}
