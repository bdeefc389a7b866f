import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { minuteMs } from '../support/remediation/decision-builders.ts';
import { RemediationLab } from '../support/remediation/lab.ts';

const ann = { name: 'Ann · u1', role: 'Admin', via: 'grafana' };
const ben = { name: 'Ben · u2', role: 'Admin', via: 'grafana' };
const cleo = { name: 'Cleo · u3', role: 'Admin', via: 'grafana' };
const signal = new AbortController().signal;

let lab: RemediationLab;

beforeEach(async () => {
  lab = await RemediationLab.open();
});

afterEach(async () => {
  await lab.close();
});

describe('A policy that asks', () => {
  beforeEach(() => lab.policy({ mode: 'approve' }));

  test('starts when a person agrees to the plan that was shown', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'awaiting-approval');
    expect(lab.engine.ran).toEqual([]);
    expect(lab.words.map(({ kind }) => kind)).toEqual(['approval']);
    await remediation.desk.decide(run.id, { decision: 'approve', planHash: run.plan.hash }, ann, signal);
    const ended = await lab.runIn(remediation, 'verified');
    expect(ended.approval?.decisions).toMatchObject([{ by: ann.name, decision: 'approved', via: 'grafana' }]);
  });

  test('does nothing when a person says no', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'awaiting-approval');
    const denied = await remediation.desk.decide(
      run.id,
      { decision: 'deny', planHash: run.plan.hash, reason: 'we are migrating' },
      ann,
      signal
    );
    expect(denied).toMatchObject({ state: 'denied', stateReason: 'Ann · u1 said no: we are migrating' });
    await lab.rounds();
    expect(lab.engine.ran).toEqual([]);
  });

  test('takes silence for a no, and tells people', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'awaiting-approval');
    lab.clock.advance(15 * minuteMs);
    const expired = await lab.runIn(remediation, 'expired');
    expect(expired.id).toBe(run.id);
    await expect(
      remediation.desk.decide(run.id, { decision: 'approve', planHash: run.plan.hash }, ann, signal)
    ).rejects.toThrow('nobody is asked any more');
    expect(lab.words.at(-1)?.text).toContain('Nobody agreed in time');
  });

  test('does not count a yes to another plan than the one that would run', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'awaiting-approval');
    lab.engine.playbook = 'restart everything';
    await expect(
      remediation.desk.decide(run.id, { decision: 'approve', planHash: run.plan.hash }, ann, signal)
    ).rejects.toThrow('has changed since it was shown');
    expect(lab.engine.ran).toEqual([]);
  });

  test('does not start when the playbook was edited after the yes', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'awaiting-approval');
    await remediation.switches.set({ scope: 'global', name: '', on: true, reason: 'hold' }, 'ann');
    await remediation.desk.decide(run.id, { decision: 'approve', planHash: run.plan.hash }, ann, signal);
    lab.engine.playbook = 'restart everything';
    await remediation.switches.set({ scope: 'global', name: '', on: false, reason: '' }, 'ann');
    const refused = await lab.runIn(remediation, 'refused');
    expect(refused.id).toBe(run.id);
    expect(lab.engine.acted).toEqual([]);
  });

  test('counts two clicks at once as one', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'awaiting-approval');
    const yes = { decision: 'approve' as const, planHash: run.plan.hash };
    const clicks = await Promise.allSettled([
      remediation.desk.decide(run.id, yes, ann, signal),
      remediation.desk.decide(run.id, yes, ann, signal),
    ]);
    expect(clicks.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await lab.runIn(remediation, 'verified');
    expect(lab.engine.acted).toHaveLength(1);
  });

  test('wants two different people for what can go badly wrong', async () => {
    lab.engine.manifest = { ...lab.engine.manifest, tier: 'high' };
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'awaiting-approval');
    const yes = { decision: 'approve' as const, planHash: run.plan.hash };
    const once = await remediation.desk.decide(run.id, yes, ann, signal);
    expect(once.state).toBe('awaiting-approval');
    await expect(remediation.desk.decide(run.id, yes, { ...ann, name: 'Annie · u1' }, signal)).rejects.toThrow(
      'decided on this already'
    );
    await remediation.desk.decide(run.id, yes, ben, signal);
    await lab.runIn(remediation, 'verified');
    expect(lab.engine.acted).toHaveLength(1);
  });

  test('withdraws the question when the alert is over', async () => {
    const id = await lab.alert();
    const remediation = await lab.start();
    await lab.runIn(remediation, 'awaiting-approval');
    await lab.resolve(id);
    const refused = await lab.runIn(remediation, 'refused');
    expect(refused.stateReason).toBe('The alert ended before it started.');
  });
});

describe('A person', () => {
  beforeEach(() => lab.policy({ mode: 'suggest' }));

  test('sees the plan with what each guard says, and starts exactly that', async () => {
    await lab.alert();
    const remediation = await lab.start();
    await lab.rounds();
    expect(lab.engine.ran).toEqual([]);
    const { items } = await remediation.proposer.proposals({ episodeId: 'episode-1' }, ann, signal);
    expect(items).toMatchObject([{ policy: 'restart-crashed-api', allowed: true, plan: { targets: ['web-1'] } }]);
    const planHash = items[0]?.plan?.hash ?? '';
    await remediation.desk.request({ episodeId: 'episode-1', policy: 'restart-crashed-api', planHash }, ann, signal);
    const run = await lab.runIn(remediation, 'verified');
    expect(run.approval).toMatchObject({ requestedBy: ann.name });
    expect(lab.engine.acted).toHaveLength(1);
  });

  test('starts it once with two clicks', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const { items } = await remediation.proposer.proposals({ episodeId: 'episode-1' }, ann, signal);
    const request = { episodeId: 'episode-1', policy: 'restart-crashed-api', planHash: items[0]?.plan?.hash ?? '' };
    const clicks = await Promise.allSettled([
      remediation.desk.request(request, ann, signal),
      remediation.desk.request(request, ann, signal),
    ]);
    expect(clicks.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await lab.runIn(remediation, 'verified');
    expect(lab.engine.acted).toHaveLength(1);
  });

  test('cannot start another plan than the one that was shown', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const request = { episodeId: 'episode-1', policy: 'restart-crashed-api', planHash: 'f'.repeat(64) };
    await expect(remediation.desk.request(request, ann, signal)).rejects.toThrow('no longer what you saw');
  });

  test('needs two others for what can go badly wrong, and is none of them', async () => {
    lab.engine.manifest = { ...lab.engine.manifest, tier: 'high' };
    await lab.alert();
    const remediation = await lab.start();
    const { items } = await remediation.proposer.proposals({ episodeId: 'episode-1' }, ann, signal);
    const planHash = items[0]?.plan?.hash ?? '';
    const run = await remediation.desk.request(
      { episodeId: 'episode-1', policy: 'restart-crashed-api', planHash },
      ann,
      signal
    );
    expect(run.state).toBe('awaiting-approval');
    const yes = { decision: 'approve' as const, planHash };
    await expect(remediation.desk.decide(run.id, yes, ann, signal)).rejects.toThrow('you asked for this run');
    await remediation.desk.decide(run.id, yes, ben, signal);
    await remediation.desk.decide(run.id, yes, cleo, signal);
    await lab.runIn(remediation, 'verified');
  });

  test('cannot start what a guard refuses', async () => {
    await lab.alert({ absence: 'NoData' });
    const remediation = await lab.start();
    const { items } = await remediation.proposer.proposals({ episodeId: 'episode-1' }, ann, signal);
    expect(items[0]?.allowed).toBe(false);
    const planHash = items[0]?.plan?.hash ?? '';
    await expect(
      remediation.desk.request({ episodeId: 'episode-1', policy: 'restart-crashed-api', planHash }, ann, signal)
    ).rejects.toThrow('only data is missing');
  });

  test('takes back a run that waits', async () => {
    lab.policy({ mode: 'approve' });
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'awaiting-approval');
    expect(await remediation.desk.cancel(run.id, ann)).toMatchObject({ state: 'cancelled' });
    await lab.rounds();
    expect(lab.engine.ran).toEqual([]);
  });
});
