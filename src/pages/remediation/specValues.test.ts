import { aPolicySpec } from '../../test/remediationBuilders.ts';
import { specChanges, specValues } from './specValues.ts';

test('settings are named by their place', () => {
  expect(
    specValues({ name: 'a', guard: { cooldown: '15m', targets: { atMost: 3 } }, when: { alert: ['x="1"'] } })
  ).toEqual([
    { path: 'name', value: 'a' },
    { path: 'guard.cooldown', value: '15m' },
    { path: 'guard.targets.atMost', value: '3' },
    { path: 'when.alert', value: '["x=\\"1\\""]' },
  ]);
});

test('two versions differ in what was changed, added and taken away', () => {
  const { verify: _verify, ...rest } = aPolicySpec({ mode: 'approve' });
  const changes = specChanges(aPolicySpec(), { ...rest, approve: { within: '15m', people: 2 }, note: 'x' });
  expect(changes.filter(({ path }) => !path.startsWith('verify.'))).toEqual([
    { path: 'mode', from: 'observe', to: 'approve' },
    { path: 'approve.people', from: '1', to: '2' },
    { path: 'note', from: undefined, to: 'x' },
  ]);
  expect(changes).toContainEqual({ path: 'verify.healthy', from: 'probe_success == 1', to: undefined });
});

test('a version is the same as itself', () => {
  expect(specChanges(aPolicySpec(), aPolicySpec())).toEqual([]);
});
