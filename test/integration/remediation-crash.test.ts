import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { ServedLine } from '../support/remediation/served-line.ts';

const hosts = Array.from({ length: 12 }, (_, i) => `web-${i + 1}`);
const wide = '{ targets: { atMost: 100, share: 100% }, massFailure: { share: 100%, atLeast: 100 } }';
let line: ServedLine | undefined;

afterEach(async () => {
  await line?.stop();
  line = undefined;
});

test('kill -9 at any point neither loses a run nor repeats one', async () => {
  const startsAtMs = Date.now();
  const served = await ServedLine.start({ hosts, guard: wide });
  line = served;
  /** The same alert from two Alertmanagers, three times each. */
  const tell = async (host: string) => {
    for (const sender of ['a', 'b', 'a', 'b', 'a', 'b']) {
      await served.tell([host], startsAtMs, sender);
    }
  };
  const crashAndServe = async () => {
    await served.crash();
    await served.serve();
  };

  const gate = Promise.withResolvers<undefined>();
  served.held = gate.promise;
  await tell('web-1');
  await served.inState('web-1', 'running');
  await served.crash();
  gate.resolve(undefined);
  served.held = undefined;
  await served.serve();
  await tell('web-1');
  expect(await served.ended('web-1')).toMatchObject({ state: 'verified' });

  await tell('web-2');
  await served.inState('web-2', 'verifying');
  await crashAndServe();
  await tell('web-2');
  expect(await served.ended('web-2')).toMatchObject({ state: 'verified' });

  for (const [i, waitMs] of [0, 150, 600].entries()) {
    const host = `web-${i + 3}`;
    const telling = tell(host);
    await delay(waitMs);
    await served.crash();
    await telling;
    await served.serve();
    await tell(host);
    await served.ended(host);
  }

  const told = hosts.slice(0, 5);
  const perHost = told.map((host) => served.acted.filter(({ targets }) => targets.includes(host)).length);
  expect(perHost).toEqual(told.map(() => 1));
  expect((await served.runs()).map(({ plan }) => plan.targets[0]).sort()).toEqual(told);
  expect(await served.audit()).toMatchObject({ ok: true, fault: null });
}, 240_000);

test('when 40 % of a group fails at once, nothing is done to any host', async () => {
  line = await ServedLine.start({ hosts: hosts.slice(0, 10), guard: '{ targets: { atMost: 9, share: 90% } }' });
  const served = line;
  await served.tell(hosts.slice(0, 4), Date.now());
  const decisions = await served.until('four decisions', async () => {
    const found = await served.decisions();
    return found.length >= 4 ? found : undefined;
  });
  expect(decisions.map(({ outcome }) => outcome)).toEqual(decisions.map(() => 'refused'));
  expect(decisions[0]?.verdicts).toContainEqual(expect.objectContaining({ name: 'mass-failure', outcome: 'refuse' }));
  expect(served.acted).toEqual([]);
}, 60_000);
