import { describe, expect, test } from '@jest/globals';
import { aPolicySpec } from '../../../../test/support/remediation/decision-builders.ts';
import { policyNames } from '../../../../test/support/remediation/manifests.ts';
import { PolicySpec, type PolicySpecInput } from '../../contract/remediation/policy.ts';
import { dependencyCycle, unknownDependencies } from './dependency-cycle.ts';
import { diffPolicies } from './policy-diff.ts';
import { policyFaults } from './policy-faults.ts';
import { isPromotion, promotionFault } from './promotion.ts';

function faultsOf(change: Partial<PolicySpecInput>, names = policyNames()) {
  return policyFaults(aPolicySpec(change), names).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('a policy whose every part exists has no fault', () => {
  const spec = {
    sources: ['alertmanager', 'aiops'],
    guard: {
      calendars: ['change-freeze'],
      minHealthy: { query: 'count(up{job="web"} == 1)', of: 'count(up)', source: 'main' },
    },
    otherwise: { escalate: ['oncall'] },
    do: { engine: 'ansible', playbook: 'restart_service', with: { service: '{service}', tries: 3 } },
  };
  expect(faultsOf(spec)).toEqual([]);
});

describe('a policy that could not be carried out or never apply is refused when it is saved', () => {
  test.each<[string, Partial<PolicySpecInput>, string]>([
    [
      'unreadable matcher',
      { when: { alert: ['x'] } },
      'when.alert.0: "x" is not a matcher such as severity=~"critical|warning"',
    ],
    ['lookahead', { when: { alert: ['a=~"(?!x)y"'] } }, "when.alert.0: a: the expression can't be read"],
    ['every alert', { when: { alert: ['a!="x"', 'b=~".*"'] } }, 'when.alert: these fit every alert'],
    ['contradiction', { when: { alert: ['a="x"', 'a="y"'] } }, 'when.alert: no alert fits both a="x" and a="y"'],
    [
      'contradiction of an expression',
      { when: { alert: ['a=~"y.*"', 'a="x"'] } },
      'when.alert: no alert fits both a="x" and a=~"y.*"',
    ],
    [
      'unknown webhook',
      { sources: ['alertmanagr'] },
      'sources.0: webhook "alertmanagr" does not exist; did you mean "alertmanager"?',
    ],
    ['unknown calendar', { guard: { calendars: ['freeze'] } }, 'guard.calendars.0: calendar "freeze" does not exist'],
    [
      'unknown contact',
      { otherwise: { escalate: ['oncal'] } },
      'otherwise.escalate.0: contact "oncal" does not exist; did you mean "oncall"?',
    ],
    [
      'unknown source',
      { verify: { healthy: 'up == 1', source: 'mian' } },
      'verify.source: source "mian" does not exist; did you mean "main"?',
    ],
    ['unknown job', { when: { detection: { job: 'checkout' } } }, 'when.detection.job: job "checkout" does not exist'],
    [
      'kind that a job does not look for',
      { when: { detection: { job: 'checkout-latency', kind: 'flat' } } },
      'when.detection.job: job "checkout-latency" does not look for flat, only for band: this would never apply',
    ],
    [
      'forecast of a job without a limit',
      { when: { forecast: { job: 'checkout-latency' } } },
      'when.forecast.job: job "checkout-latency" does not look for capacity',
    ],
    [
      'unknown detector',
      { verify: { healthy: 'up == 1', detector: 'nope' } },
      'verify.detector: job "nope" does not exist',
    ],
    [
      'unknown engine',
      { do: { engine: 'ansibel', playbook: 'restart_service' } },
      'do.engine: engine "ansibel" does not exist; did you mean "ansible"?',
    ],
    [
      'unknown playbook',
      { do: { playbook: 'restart_servce', with: {} } },
      'do.playbook: playbook "restart_servce" does not exist; did you mean "restart_service"?; there are: restart_service, rollback_release',
    ],
    [
      'group of no use',
      { target: { group: 'db' } },
      'target.group: playbook "restart_service" may not act on group "db", only on web, worker',
    ],
    [
      'auto with tier high',
      { do: { playbook: 'rollback_release', with: { service: 'a' } } },
      'mode: playbook "rollback_release" is of tier high',
    ],
    [
      'missing parameter',
      { do: { playbook: 'restart_service' } },
      'do.with: playbook "restart_service" needs "service"',
    ],
    [
      'parameter that is none',
      { do: { playbook: 'restart_service', with: { service: 'a', servce: 'b' } } },
      'do.with.servce: playbook "restart_service" has no parameter "servce"; did you mean "service"?',
    ],
    [
      'value that does not fit',
      { do: { playbook: 'restart_service', with: { service: 'A;rm' } } },
      'do.with.service: parameters of restart_service do not fit its manifest',
    ],
    [
      'number that does not fit',
      { do: { playbook: 'restart_service', with: { service: 'a', tries: 9 } } },
      'do.with.tries: parameters of restart_service do not fit its manifest',
    ],
    [
      'label for a number',
      { do: { playbook: 'restart_service', with: { service: 'a', tries: '{tries}' } } },
      'do.with.tries: tries: a label is a text, and this must be of type integer',
    ],
    [
      'template of Ansible',
      { do: { playbook: 'restart_service', with: { service: '{{ service' } } },
      'do.with.service: service: a text here is no template of Ansible',
    ],
    [
      'label outside of quotes',
      { verify: { healthy: 'up{service} == 1' } },
      'verify.healthy: {service} must stand in double quotes',
    ],
    ['no PromQL', { verify: { healthy: 'up{ ==' } }, 'verify.healthy: '],
    [
      'nothing can be seen',
      { verify: { healthy: 'up == 1', for: '10m', within: '5m' } },
      'verify.within: 5m is over before anything held for 10m',
    ],
    [
      'looks too seldom',
      { verify: { healthy: 'up == 1', for: '45s', every: '2m' } },
      "verify.every: looks every 2m can't tell what held for 45s",
    ],
    [
      'no PromQL of the floor',
      { guard: { minHealthy: { query: 'sum(', of: 'count(up)' } } },
      'guard.minHealthy.query: ',
    ],
  ])('%s', (_, change, message) => {
    expect(faultsOf(change).join('\n')).toContain(message);
  });

  test('without an engine nothing can be run', () => {
    expect(faultsOf({}, policyNames({ engines: new Map() }))).toEqual([
      'do.playbook: no engine is set up that could run it; add one under engines',
    ]);
  });

  test('mode auto without verification is refused in words', () => {
    const { verify: _verify, ...spec } = aPolicySpec();
    expect(PolicySpec.safeParse(spec).error?.issues[0]?.message).toBe(
      "mode auto needs verify.healthy: without it a recovery can't be told from luck"
    );
  });

  test('every fault is named at once', () => {
    expect(faultsOf({ when: { alert: ['x'] }, target: { group: 'db' }, sources: ['no'] })).toHaveLength(3);
  });
});

describe('dependencies', () => {
  const policy = (name: string, ...dependsOn: string[]) => aPolicySpec({ name, guard: { dependsOn } });

  test.each([
    [[policy('a', 'b'), policy('b')], undefined],
    [[policy('a', 'a')], ['a', 'a']],
    [
      [policy('a', 'b'), policy('b', 'a')],
      ['a', 'b', 'a'],
    ],
    [
      [policy('a', 'x', 'b'), policy('b', 'c'), policy('c', 'a'), policy('x')],
      ['a', 'b', 'c', 'a'],
    ],
    [[policy('a', 'b'), policy('b', 'c'), policy('c', 'b')], undefined],
  ])('those that wait for each other are found', (all, cycle) => {
    expect(dependencyCycle('a', all)).toEqual(cycle);
  });

  test('one that does not exist is named', () => {
    expect(unknownDependencies(policy('a', 'b', 'c'), [policy('a'), policy('c')])).toEqual(['b']);
  });
});

test('a difference names what changed by its path, lists as a whole', () => {
  const before = aPolicySpec();
  const after = aPolicySpec({ guard: { cooldown: '1h' }, when: { alert: ['alertname="X"'] }, title: 'New' });
  expect(diffPolicies(before, after)).toEqual([
    { path: 'guard.cooldown', from: '"15m"', to: '"1h"' },
    { path: 'title', from: null, to: '"New"' },
    { path: 'when.alert', from: '["alertname=\\"ServiceDown\\""]', to: '["alertname=\\"X\\""]' },
  ]);
  expect(diffPolicies(before, aPolicySpec())).toEqual([]);
});

describe('promotion', () => {
  test.each([
    [{ total: 9, verified: 9 }, '9 of 10 runs that people agreed to have ended; 1 more are needed'],
    [{ total: 10, verified: 9 }, '9 of 10 runs were verified (90 %); at least 95 % are needed'],
    [{ total: 10, verified: 10 }, undefined],
    [{ total: 20, verified: 19 }, undefined],
    [{ total: 100, verified: 94 }, '94 of 100 runs were verified (94 %); at least 95 % are needed'],
  ])('%j: %s', (record, fault) => {
    expect(promotionFault(aPolicySpec(), record)).toBe(fault);
  });

  test('only a step towards auto is one', () => {
    expect(isPromotion('observe', 'suggest')).toBe(true);
    expect(isPromotion('auto', 'observe')).toBe(false);
    expect(isPromotion('approve', 'approve')).toBe(false);
  });
});
