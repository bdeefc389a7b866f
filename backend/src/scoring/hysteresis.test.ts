import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gapBoundSteps, nextStep, type Hysteresis, type HysteresisRule, type Turn } from './hysteresis.ts';

const stepMs = 60_000;
const startMs = 1_795_500_000_000;
const rule: HysteresisRule = { open: { count: 2, of: 3 }, close: { count: 3, of: 3 }, stepMs };

interface Seen {
  readonly turns: readonly Turn[];
  readonly states: ReadonlyArray<Hysteresis | undefined>;
}

/** Plays scores one step apart; NaN is a gap. */
function play(scores: readonly number[], given = rule, threshold = 0, fromMs = startMs): Seen {
  const turns: Turn[] = [];
  const states: Array<Hysteresis | undefined> = [];
  let state: Hysteresis | undefined;
  for (const [i, score] of scores.entries()) {
    const next = nextStep(state, { timeMs: fromMs + i * given.stepMs, score, threshold }, given);
    state = next.state;
    turns.push(next.turn);
    states.push(structuredClone(state));
  }
  return { turns, states };
}

const at = (i: number) => startMs + i * stepMs;
const told = (scores: readonly number[], given = rule, threshold = 0) =>
  play(scores, given, threshold).turns.flatMap((turn, i) => (turn === 'none' ? [] : [`${turn} ${i}`]));

/** Strength of an excursion that reaches so many times as far as the edge. */
const nats = (reach: number) => 20 * Math.log(reach);
const inside = (count: number) => new Array<number>(count).fill(0.5);
const outside = (count: number) => new Array<number>(count).fill(2);
const gap = (count: number) => new Array<number>(count).fill(NaN);

describe('opening and closing', () => {
  test('one value outside is no anomaly', () => {
    expect(told([0, 5, 0, 0, 0, 5, 0, 0])).toEqual([]);
  });

  test('two of three values outside open, at the first of them', () => {
    const { turns, states } = play([0, 2, 0.5, 2]);
    expect([turns[3], states[3]?.startMs]).toEqual(['opened', at(1)]);
  });

  test('three values inside close, and the last one outside is the end', () => {
    const { turns, states } = play([2, 2, 2, ...inside(3)]);
    expect([turns[5], states[5]?.lastOutsideMs]).toEqual(['closed', at(2)]);
  });

  test('what is exactly at the edge is inside', () => {
    expect(told([1, 1, 1, 1])).toEqual([]);
  });

  test('below the threshold of the budget nothing opens, above it does', () => {
    expect(told([2, 2, 2, 2.1, 9, 2], rule, nats(2))).toEqual(['opened 4']);
  });

  test('the less like its past a value is the nearer to the band it may be', () => {
    const opens = (evidence: readonly number[], threshold: number) => {
      let state: Hysteresis | undefined;
      return evidence.map((each, i) => {
        const next = nextStep(state, { timeMs: at(i), score: 2, evidence: each, threshold }, rule);
        state = next.state;
        return next.turn;
      });
    };
    const [plain, likely, odd] = [nats(2), nats(2) + 5, nats(2) + 9];
    expect(opens([0, 0, 0], plain - 0.1)).toEqual(['none', 'opened', 'none']);
    expect(opens([6, 1, 1], likely)).toEqual(['none', 'opened', 'none']);
    expect(opens([6, 1, 1, 10], odd)).toEqual(['none', 'none', 'none', 'opened']);
    expect(opens([10, 0, 0, 0], odd)).toEqual(['none', 'opened', 'none', 'none']);
  });

  test('evidence alone opens nothing inside of the band', () => {
    const next = nextStep(undefined, { timeMs: at(0), score: 0.9, evidence: 99, threshold: 0 }, rule);
    expect(next).toEqual({ state: undefined, turn: 'none' });
  });

  test('a series that is inside again leaves nothing to remember', () => {
    expect(play([0, 2, 0, 0, 0]).states.at(-1)).toBeUndefined();
  });
});

describe('damping', () => {
  const comesBack = [...outside(2), ...inside(3), ...inside(2), ...outside(2)];

  test('what comes back soon is the same anomaly, and it is counted', () => {
    const { turns, states } = play(comesBack);
    expect([turns.at(-1), states.at(-1)?.flaps, states.at(-1)?.startMs]).toEqual(['reopened', 1, at(0)]);
  });

  test('the more often it comes back the longer it must stay inside to close', () => {
    expect(told([...comesBack, ...inside(6)])).toEqual(['opened 1', 'closed 4', 'reopened 8', 'closed 14']);
  });

  test('what comes back after the damping time is a new anomaly', () => {
    expect(told([...outside(2), ...inside(3), ...inside(6), ...outside(2)])).toEqual([
      'opened 1',
      'closed 4',
      'opened 12',
    ]);
  });

  test('values that flap as fast as it closes make one long anomaly', () => {
    const flapping = Array.from({ length: 60 }, () => [...outside(2), ...inside(3)]).flat();
    expect(told(flapping)).toEqual(['opened 1', 'closed 4', 'reopened 6']);
  });

  test('however often it comes back, eight windows inside close it', () => {
    const flapping = [3, 6, 12, 24, 24, 24].flatMap((length) => [...outside(2), ...inside(length)]);
    expect(told(flapping).at(-1)).toBe(`closed ${flapping.length - 1}`);
  });
});

describe('gaps', () => {
  test('a gap is neither inside nor outside', () => {
    expect(told([2, NaN, NaN, 2, NaN, NaN, NaN, 0, NaN, 0, 0])).toEqual(['opened 3', 'closed 10']);
  });

  test('when no value comes for long, the anomaly is gone', () => {
    expect(told([...outside(2), ...gap(40)])).toEqual(['opened 1', `gone ${2 + gapBoundSteps(rule)}`]);
  });

  test('values from before a long gap no longer count', () => {
    expect(told([2, ...gap(gapBoundSteps(rule) + 1), 2, 0, 0])).toEqual([]);
  });

  test('steps that nobody looked at count as a gap', () => {
    const first = nextStep(undefined, { timeMs: at(0), score: 2, threshold: 0 }, rule);
    const second = nextStep(first.state, { timeMs: at(1), score: 2, threshold: 0 }, rule);
    expect(nextStep(second.state, { timeMs: at(500), score: 2, threshold: 0 }, rule).turn).toBe('gone');
  });
});

describe('whatever comes', () => {
  const counts = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
    .map(([a, b]) => ({ count: Math.min(a, b), of: Math.max(a, b) }));
  const rules = fc.record({ open: counts, close: counts, stepMs: fc.constant(stepMs) });
  const runs = fc.array(
    fc.tuple(fc.oneof(fc.constant(NaN), fc.double({ min: 0, max: 4, noNaN: true })), fc.integer({ min: 1, max: 9 })),
    { minLength: 1, maxLength: 40 }
  );
  const scores = runs.map((parts) => parts.flatMap(([score, length]) => new Array<number>(length).fill(score)));

  test('openings and closes take turns', () => {
    fc.assert(
      fc.property(rules, scores, (given, played) => {
        const turns = play(played, given).turns.filter((turn) => turn !== 'none');
        turns.forEach((turn, i) => {
          expect(['opened', 'reopened'].includes(turn)).toBe(i % 2 === 0);
        });
      })
    );
  });

  test('nothing opens on fewer values outside than asked for', () => {
    fc.assert(
      fc.property(rules, scores, (given, played) => {
        play(played, given).turns.forEach((turn, i) => {
          const newest = played.slice(0, i + 1).filter((score) => !Number.isNaN(score));
          const out = newest.slice(-given.open.of).filter((score) => score > 1).length;
          expect(turn === 'opened' || turn === 'reopened' ? out : given.open.count).toBeGreaterThanOrEqual(
            given.open.count
          );
        });
      })
    );
  });

  test('nothing closes on fewer values inside than asked for', () => {
    fc.assert(
      fc.property(rules, scores, (given, played) => {
        play(played, given).turns.forEach((turn, i) => {
          const newest = played.slice(0, i + 1).filter((score) => !Number.isNaN(score));
          const within = newest.slice(-given.close.of).filter((score) => score <= 1).length;
          expect(turn === 'closed' ? within : given.close.count).toBeGreaterThanOrEqual(given.close.count);
        });
      })
    );
  });

  test('an anomaly that is over stays over once all is inside for long', () => {
    fc.assert(
      fc.property(rules, scores, (given, played) => {
        expect(play([...played, ...inside(200)], given).states.at(-1)).toBeUndefined();
      })
    );
  });

  test('the same series at another time of the year is judged the same', () => {
    fc.assert(
      fc.property(rules, scores, fc.integer({ min: 1, max: 500_000 }), (given, played, shift) => {
        expect(play(played, given, 0, startMs + shift * stepMs).turns).toEqual(play(played, given).turns);
      })
    );
  });

  test('a higher threshold never opens more often', () => {
    fc.assert(
      fc.property(rules, scores, (given, played) => {
        const opened = (threshold: number) =>
          play(played, given, threshold).turns.filter((turn) => turn === 'opened').length;
        expect(opened(nats(4))).toBe(0);
        expect(opened(nats(2)) === 0 || opened(0) > 0).toBe(true);
      })
    );
  });

  test('the state survives being stored', () => {
    fc.assert(
      fc.property(rules, scores, (given, played) => {
        let state: Hysteresis | undefined;
        const turns = played.map((score, i) => {
          const next = nextStep(state, { timeMs: at(i), score, threshold: 0 }, given);
          state = next.state === undefined ? undefined : (JSON.parse(JSON.stringify(next.state)) as Hysteresis);
          return next.turn;
        });
        expect(turns).toEqual(play(played, given).turns);
      })
    );
  });
});
