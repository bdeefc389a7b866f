import { z } from 'zod';
import { readData } from '../../data.ts';
import type { Profile } from './scorer.ts';

/** As the benchmark names them, with how they are called in reports. */
export const profileNames = {
  standard: 'standard',
  reward_low_FP_rate: 'low FP',
  reward_low_FN_rate: 'low FN',
} as const;
export type ProfileName = keyof typeof profileNames;

export interface NamedProfile extends Profile {
  readonly key: ProfileName;
  readonly label: string;
}

const Weights = z.object({
  CostMatrix: z.object({ tpWeight: z.number(), fnWeight: z.number(), fpWeight: z.number() }),
});
const keys = z.enum(['standard', 'reward_low_FP_rate', 'reward_low_FN_rate']);

export function readProfiles(dataDir: string): NamedProfile[] {
  const weights = z.record(keys, Weights).parse(JSON.parse(readData(dataDir, 'nab/scoring/profiles.json')));
  return keys.options.map((key) => {
    const { tpWeight, fnWeight, fpWeight } = weights[key].CostMatrix;
    return { key, label: profileNames[key], found: tpWeight, missed: fnWeight, falseAlarm: fpWeight };
  });
}
