import { describe, expect, test } from '@jest/globals';
import { readAlertBody } from './alert-body.ts';

const alert = {
  ...{ status: 'firing', labels: { alertname: 'Down' }, annotations: {}, startsAt: '2026-11-25T12:00:00Z' },
  ...{ endsAt: '0001-01-01T00:00:00Z', generatorURL: '', fingerprint: '4325ace3d31217a4' },
};
const envelope = { version: '4', receiver: 'hook', groupKey: '{}', truncatedAlerts: 0, externalURL: 'http://am' };

describe('a message of Alertmanager', () => {
  test.each<[string, object]>([
    ['0.25', {}],
    ['0.32, with why it was sent', { notification_reason: 'repeat interval elapsed' }],
    [
      '0.34, with the labels of its route',
      { notification_reason: 'first notification', routeLabels: { team: 'shop' } },
    ],
    ['to come, with what nobody knows yet', { future: [{ deep: { er: 1 } }] }],
  ])('%s is read', (_name, more) => {
    const { messages, receiver } = readAlertBody('alertmanager', { ...envelope, ...more, alerts: [alert] });
    expect(receiver).toBe('hook');
    expect(messages).toMatchObject([
      { startsAtMs: Date.parse('2026-11-25T12:00:00Z'), endsAtMs: null, sender: 'http://am' },
    ]);
  });

  test('that resolves with the zero time says no end', () => {
    const { messages } = readAlertBody('alertmanager', { ...envelope, alerts: [{ ...alert, status: 'resolved' }] });
    expect(messages).toMatchObject([{ status: 'resolved', endsAtMs: null }]);
  });

  test("with Grafana's reason for a state tells it, whichever way it came", () => {
    const annotations = { grafana_state_reason: 'MissingSeries' };
    const { messages } = readAlertBody('alertmanager', { ...envelope, alerts: [{ ...alert, annotations }] });
    expect(messages).toMatchObject([{ absence: 'MissingSeries' }]);
  });
});

describe('a message of kind generic', () => {
  const read = (...alerts: readonly object[]) => readAlertBody('generic', { alerts }).messages;

  test('is known by its labels, in whatever order, unless it brings a fingerprint', () => {
    const [one, two, three] = read(
      { status: 'firing', labels: { alertname: 'Disk', instance: 'a' } },
      { status: 'resolved', labels: { instance: 'a', alertname: 'Disk' } },
      { status: 'firing', labels: { alertname: 'Disk', instance: 'a' }, fingerprint: 'mine' }
    );
    expect(one?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(two?.fingerprint).toBe(one?.fingerprint);
    expect(three?.fingerprint).toBe('mine');
  });

  test('needs no start', () => {
    expect(read({ status: 'firing', labels: { alertname: 'Disk' } })).toMatchObject([{ startsAtMs: null }]);
  });

  test.each([
    ['no alerts', {}],
    ['an empty list', { alerts: [] }],
    ['no alertname', { alerts: [{ status: 'firing', labels: { instance: 'a' } }] }],
  ])('with %s is refused with an example', (_name, json) => {
    expect(() => readAlertBody('generic', json)).toThrow(/no message of kind generic .*It is \{"alerts":\[/);
  });
});
