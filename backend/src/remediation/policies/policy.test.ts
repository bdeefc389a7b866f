import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  aPolicy,
  anEpisode,
  noonMs,
  hourMs,
  minuteMs,
} from '../../../../test/support/remediation/decision-builders.ts';
import { parseMatcher } from './matcher.ts';
import { fillPromQl, parametersOf } from './placeholders.ts';
import { matchPolicy } from './policy.ts';
import { targetOf } from './target.ts';

const inventory = new Map([
  ['web', ['web-1', 'web-2', '10.0.0.7']],
  ['db', ['db-1']],
]);

function targetFor(instance: string, map?: { strip?: Array<'port' | 'domain'>; names?: Record<string, string> }) {
  const policy = aPolicy({ target: { label: 'instance', group: 'web', ...(map === undefined ? {} : { map }) } });
  return targetOf(policy, anEpisode({ labels: { instance } }), inventory);
}

describe('matchers', () => {
  test.each([
    ['severity="critical"', 'critical', true],
    ['severity="critical"', 'criticality', false],
    ['severity=critical', 'critical', true],
    ['severity!="critical"', 'warning', true],
    ['severity!="critical"', '', true],
    ['severity=~"critical|warning"', 'warning', true],
    ['severity=~"critical|warning"', 'not-a-warning', false],
    ['severity=~"crit.*"', 'critical', true],
    ['severity=~"a.b"', 'a\nb', true],
    ['severity!~"crit.*"', 'critical', false],
    ['severity=""', '', true],
    ['  severity =~ "x" ', 'x', true],
    ['severity="a\\"b\\\\c\\nd"', 'a"b\\c\nd', true],
  ])('%s on %j is %s', (text, value, fits) => {
    expect(parseMatcher(text).fits(value)).toBe(fits);
  });

  test.each([
    ['severity', 'is not a matcher'],
    ['=x', 'is not a matcher'],
    ['severity=="x"', 'quotes'],
    ['severity="x', 'does not end in a quote'],
    ['severity="x"y"', 'does not end in a quote'],
    ['severity=a b', 'stands in double quotes'],
    ['severity=~"(?=a)b"', 'lookaround and back references do not exist'],
    ['severity=~"(a)\\\\1"', 'lookaround and back references do not exist'],
    ['severity=~"(unclosed"', "can't be read"],
  ])('%s is refused with a reason', (text, reason) => {
    expect(() => parseMatcher(text)).toThrow(reason);
  });

  test('an expression that explodes elsewhere is done with 50,000 characters in 50 ms', () => {
    const { fits } = parseMatcher('x=~"(a+)+$"');
    const text = `${'a'.repeat(50_000)}!`;
    const before = performance.now();
    const answer = fits(text);
    expect(performance.now() - before).toBeLessThan(50);
    expect(answer).toBe(false);
  });
});

describe('triggers', () => {
  test('a policy matches when every matcher fits, and a missing label is empty', () => {
    const policy = aPolicy({ when: { alert: ['alertname="ServiceDown"', 'team=""'] } });
    expect(matchPolicy(policy, anEpisode())).toBe(true);
    expect(matchPolicy(policy, anEpisode({ labels: { alertname: 'ServiceDown', team: 'x' } }))).toBe(false);
  });

  test('a label named like a part of every object is only a label', () => {
    const policy = aPolicy({ when: { alert: ['constructor=""'] } });
    expect(matchPolicy(policy, anEpisode())).toBe(true);
  });

  test('a policy that names sources matches no alert of another one', () => {
    expect(matchPolicy(aPolicy({ sources: ['grafana'] }), anEpisode())).toBe(false);
    expect(matchPolicy(aPolicy({ sources: ['alertmanager'] }), anEpisode())).toBe(true);
  });

  const anomaly = anEpisode({
    sourceKind: 'aiops',
    source: 'aiops',
    labels: { job_name: 'checkout-latency', kind: 'band', instance: 'web-1' },
    annotations: { score: '1.7' },
    startsAtMs: noonMs - 10 * minuteMs,
    seenAtMs: noonMs,
  });

  test.each([
    [{}, true],
    [{ kind: 'band' as const, score: 1.7, for: '1h' }, true],
    [{ kind: 'outlier' as const }, false],
    [{ score: 1.8 }, false],
  ])('a detection with %j is matched: %s', (detection, matches) => {
    const policy = aPolicy({ when: { detection: { job: 'checkout-latency', ...detection } } });
    expect(matchPolicy(policy, anomaly)).toBe(matches);
  });

  test('a detection is never matched by an alert that only says it is one', () => {
    const policy = aPolicy({ when: { detection: { job: 'checkout-latency' } } });
    expect(matchPolicy(policy, { ...anomaly, sourceKind: 'alertmanager' })).toBe(false);
  });

  test.each([
    ['0.8', noonMs + 23 * hourMs, true],
    ['0.79', noonMs + 23 * hourMs, false],
    ['0.9', noonMs + 25 * hourMs, false],
    ['', noonMs + hourMs, false],
  ])('a limit crossed with probability %s at %s is acted on beforehand: %s', (probability, crossesAtMs, matches) => {
    const policy = aPolicy({ when: { forecast: { job: 'disk-usage', within: '24h', probability: '80%' } } });
    const episode = anEpisode({
      sourceKind: 'aiops',
      labels: { job_name: 'disk-usage', kind: 'capacity', instance: 'web-1' },
      annotations: { probability, eta_ms: String(crossesAtMs) },
      seenAtMs: noonMs,
    });
    expect(matchPolicy(policy, episode)).toBe(matches);
  });
});

describe('targets', () => {
  test.each([
    ['web-1', {}, 'web-1'],
    ['web-1:9100', {}, 'web-1'],
    ['10.0.0.7:9100', { strip: ['port', 'domain'] }, '10.0.0.7'],
    ['web-2.shop.example:9100', { strip: ['port', 'domain'] }, 'web-2'],
    ['http://web-2/probe', { names: { 'http://web-2/probe': 'web-2' } }, 'web-2'],
    ['front:80', { names: { front: 'web-1' } }, 'web-1'],
    ['[2001:db8::1]:9100', { names: { '2001:db8::1': 'web-1' } }, 'web-1'],
  ])('%s with %j is %s', (instance, map, host) => {
    const strip = (map as { strip?: Array<'port' | 'domain'> }).strip;
    const names = (map as { names?: Record<string, string> }).names;
    const given = { ...(strip === undefined ? {} : { strip }), ...(names === undefined ? {} : { names }) };
    expect(targetFor(instance, given)).toMatchObject({ kind: 'resolved', targets: [host] });
  });

  test.each([
    '',
    ',',
    ':',
    ' ',
    'all',
    '*',
    '~.*',
    '!web-1',
    '@/etc/passwd',
    'web',
    '-e',
    '../web-1',
    'web-1,web-2',
    'db-1',
    'web-1\n',
    '__proto__',
    'constructor',
    '2001:db8::1',
    'WEB-1',
  ])('the label %j never becomes a target', (instance) => {
    expect(targetFor(instance).kind).toBe('unresolved');
  });

  test('an alert without the label is refused by name of the label', () => {
    expect(targetOf(aPolicy(), anEpisode({ labels: {} }), inventory)).toEqual({
      kind: 'unresolved',
      reason: 'the alert has no label "instance" that names a host',
    });
  });

  test('an empty group is refused', () => {
    const policy = aPolicy({ target: { group: 'cache' } });
    expect(targetOf(policy, anEpisode(), inventory)).toMatchObject({ kind: 'unresolved' });
  });

  test('whatever a label holds, the target is one exact member of the group or none', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...'web-1:8,*~!@\n'.split(''))),
        (instance) => {
          const found = targetFor(instance);
          return (
            found.kind === 'unresolved' ||
            (found.targets.length === 1 && found.targets.every((name) => (inventory.get('web') ?? []).includes(name)))
          );
        }
      )
    );
  });
});

describe('placeholders', () => {
  test('labels fill parameters as they are, once', () => {
    const policy = aPolicy({ do: { playbook: 'p', with: { a: 'x-{service}-{service}', n: 7, b: true } } });
    expect(parametersOf(policy, { service: '{instance}$&{{ lookup }}', instance: 'no' })).toEqual({
      a: 'x-{instance}$&{{ lookup }}-{instance}$&{{ lookup }}',
      n: 7,
      b: true,
    });
  });

  test('a label that the alert lacks is a fault, also when every object has a part of that name', () => {
    const policy = aPolicy({ do: { playbook: 'p', with: { a: '{constructor}' } } });
    expect(() => parametersOf(policy, {})).toThrow('a needs the label "constructor", which the alert does not have');
  });

  test('two alerts each get their own values', () => {
    const policy = aPolicy();
    expect(parametersOf(policy, { service: 'first' })).toEqual({ service: 'first' });
    expect(parametersOf(policy, { service: 'second' })).toEqual({ service: 'second' });
  });

  test.each([
    ['up{a="{x}"}', 'plain', 'up{a="plain"}'],
    ['up{a="{x}"} == 1', '"} or vector(1) #', 'up{a="\\u0022} or vector(1) #"} == 1'],
    ['up{a=~"{x}-.*"}', '.*', 'up{a=~"\\\\.\\\\*-.*"}'],
    ["up{a='{x}'}", "'", "up{a='\\u0027'}"],
    ['up{a="{x}"}', 'a\nb\\c', 'up{a="a\\u000ab\\\\c"}'],
    ['up{a="x"} and on(x) up{b="{x}"}', 'v', 'up{a="x"} and on(x) up{b="v"}'],
  ])('%s with %j is %s', (query, value, filled) => {
    expect(fillPromQl(query, { x: value })).toBe(filled);
  });

  test.each(['up{x}', 'up{a=`{x}`}', 'sum(up) > {x}'])('%s is refused: a label stands only in quotes', (query) => {
    expect(() => fillPromQl(query, { x: '1' })).toThrow('must stand in double quotes');
  });
});
