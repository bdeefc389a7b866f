import { ServedLine } from '../../../support/remediation/served-line.ts';
import { judge, single } from '../../report.ts';
import { quantile } from '../../statistics.ts';
import type { BenchContext, Measurement, Suite } from '../../suite.ts';
import { measureDecisions } from './decisions.ts';

const rounds = 50;
const resends = 10;
const decisionsMs = 5_000;
const groupSize = 20;

/** How remediation decides and acts: how fast, and that a storm of messages and kill -9 end in one run. */
export const remediationSuite: Suite = {
  view: 'causal',
  checks: () => Promise.resolve([]),
  measure: async (context) => {
    const parts: Readonly<Record<string, (context: BenchContext) => Promise<Measurement>>> = {
      decisions,
      killed,
      mass,
    };
    const chosen = context.part === undefined ? Object.values(parts) : [parts[context.part]];
    const done: Measurement[] = [];
    for (const part of chosen) {
      if (part === undefined) {
        throw new Error(`--part must be one of: ${Object.keys(parts).join(', ')}`);
      }
      done.push(await part(context));
    }
    return { rows: done.flatMap(({ rows }) => rows), targets: done.flatMap(({ targets }) => targets) };
  },
};

function decisions({ say }: BenchContext): Promise<Measurement> {
  say('decisions of one thread');
  const { perSecond, allowed, decisions: made } = measureDecisions(decisionsMs);
  const name = 'trigger, target and all guards';
  return Promise.resolve({
    rows: [
      { name, measure: 'decisions a second', value: perSecond },
      { name, measure: 'share that would let a run start', value: allowed / made },
    ],
    targets: [judge(single('decisions of one thread', 'a second', 'higher', 50_000), perSecond)],
  });
}

/** Each round: an alert from two Alertmanagers, ten times each, and the backend killed while the run is at work. */
async function killed({ say, track, series }: BenchContext): Promise<Measurement> {
  const count = series ?? rounds;
  const hosts = Array.from({ length: count }, (_, i) => `web-${i + 1}`);
  const guard =
    '{ targets: { atMost: 1000, share: 100%, per: 1s }, massFailure: { share: 100%, atLeast: 1000 }, failures: { inARow: 100, ofLastTen: 100% } }';
  const line = await ServedLine.start({ hosts, guard });
  const restMs: number[] = [];
  say(`${count} rounds: two Alertmanagers, ${resends} messages each, kill -9 while the run is at work`);
  const progress = track('rounds', count);
  try {
    for (const host of hosts) {
      restMs.push(await killedRound(line, host));
      progress.tick();
    }
    const perHost = hosts.map((host) => line.acted.filter(({ targets }) => targets.includes(host)).length);
    const wrong = perHost.filter((runs) => runs !== 1).length;
    const audit = await line.audit();
    const name = `${count} rounds with kill -9 in mid-run`;
    return {
      rows: [
        { name, measure: 'actions', value: line.acted.length },
        { name, measure: 'rounds with exactly one action', value: count - wrong },
        {
          name,
          measure: 'median seconds from the restart to the verified recovery',
          value: quantile(restMs, 0.5) / 1000,
        },
        { name, measure: 'entries of the audit, whole', value: audit.ok ? audit.entries : 0 },
      ],
      targets: [judge(single('rounds without exactly one run', 'rounds', 'lower', 0), wrong)],
    };
  } finally {
    await line.stop();
  }
}

async function killedRound(line: ServedLine, host: string): Promise<number> {
  const startsAtMs = Date.now();
  const gate = Promise.withResolvers<undefined>();
  line.held = gate.promise;
  const tell = async (times: number) => {
    for (let time = 0; time < times; time++) {
      await Promise.all([line.tell([host], startsAtMs, 'a'), line.tell([host], startsAtMs + 700, 'b')]);
    }
  };
  await tell(resends / 2);
  await line.inState(host, 'running');
  await line.crash();
  gate.resolve(undefined);
  line.held = undefined;
  const beganMs = performance.now();
  await line.serve();
  await tell(resends / 2);
  await line.ended(host);
  return performance.now() - beganMs;
}

/** 40 % of a group in one message, and one by one within seconds. */
async function mass({ say }: BenchContext): Promise<Measurement> {
  say('40 % of a group at once');
  const hosts = Array.from({ length: groupSize }, (_, i) => `web-${i + 1}`);
  const failing = hosts.slice(0, groupSize * 0.4);
  const line = await ServedLine.start({ hosts, guard: '{ targets: { atMost: 20, share: 100% } }' });
  try {
    await line.tell(failing, Date.now());
    await line.until('all decisions', async () =>
      (await line.decisions()).length >= failing.length ? true : undefined
    );
    const refused = (await line.decisions()).filter(({ verdicts }) =>
      verdicts.some(({ name, outcome }) => name === 'mass-failure' && outcome === 'refuse')
    );
    return {
      rows: [
        { name: '40 % of a group at once', measure: 'alerts', value: failing.length },
        { name: '40 % of a group at once', measure: 'refused because the cause is shared', value: refused.length },
        { name: '40 % of a group at once', measure: 'actions', value: line.acted.length },
      ],
      targets: [judge(single('actions on single hosts', 'actions', 'lower', 0), line.acted.length)],
    };
  } finally {
    await line.stop();
  }
}
