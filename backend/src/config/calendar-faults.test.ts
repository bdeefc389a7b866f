import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { loadConfig } from './load-config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-calendars-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const sources = 'sources: [{ name: main, kind: prometheus, url: "http://p:9090" }]\n';

/** Lines of the refusal, without the folder; empty when nothing was refused. */
function problemsOf(calendars: string): string[] {
  writeFileSync(join(folder, 'aiops.yaml'), `${sources}calendars:\n${calendars}`);
  try {
    loadConfig({ file: join(folder, 'aiops.yaml'), env: {} });
    return [];
  } catch (error) {
    return messageOf(error).replaceAll(`${folder}/`, '').split('\n').slice(0, -1);
  }
}

test('calendars that can be worked with are not refused', () => {
  writeFileSync(
    join(folder, 'kr.ics'),
    'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260301\nEND:VEVENT\nEND:VCALENDAR\n'
  );
  const text = [
    '  - { name: kr, use: holidays, file: kr.ics, timeZone: Asia/Seoul }',
    '  - { name: url, ical: "https://calendar.example/x.ics" }',
    '  - { name: night, periods: [{ name: backup, from: 2026-01-01T23:00, to: 2026-01-02T01:00, repeat: FREQ=DAILY }] }',
  ];
  expect(problemsOf(`${text.join('\n')}\n`)).toEqual([]);
});

test('a rule and a day that can not be are named with line and column', () => {
  const text = [
    '  - name: night',
    '    timeZone: Europe/Berlin',
    '    periods:',
    '      - { name: a, from: 2026-02-30, to: 2026-03-02 }',
    '      - name: b',
    '        from: 2026-03-01',
    '        to: 2026-03-02',
    '        repeat: FREQ=SOMETIMES',
  ];
  expect(problemsOf(`${text.join('\n')}\n`)).toEqual([
    expect.stringMatching(/^aiops\.yaml:6:26 {2}calendar "night": from: there is no 2026-02-30/),
    expect.stringMatching(/^aiops\.yaml:10:17 {2}calendar "night": repeat: .*FREQ=SOMETIMES/),
  ]);
});

test('a period that ends before it starts, and a zone that nobody knows, are refused with their places', () => {
  const period = '    periods: [{ name: a, from: 2026-03-02, to: 2026-03-01 }]';
  expect(problemsOf(`  - name: c\n${period}\n`)).toEqual([
    expect.stringMatching(/^aiops\.yaml:4:\d+ .*from before to/),
  ]);
  const zone = '    timeZone: Mars/Olympus\n    periods: [{ name: a, from: 2026-03-01, to: 2026-03-02 }]';
  expect(problemsOf(`  - name: c\n${zone}\n`)).toEqual([expect.stringMatching(/^aiops\.yaml:4:15 .*Asia\/Seoul/)]);
});

test('a file that holds no calendar is named where it is written', () => {
  writeFileSync(join(folder, 'kr.ics'), '<html>Sign in</html>');
  expect(problemsOf('  - name: kr\n    file: kr.ics\n')).toEqual([
    expect.stringMatching(/^aiops\.yaml:4:11 {2}calendar "kr": kr\.ics: expected an iCalendar file.*a web page/),
  ]);
});

test('a file that is not there is one fault, not two', () => {
  expect(problemsOf('  - name: kr\n    file: kr.ics\n')).toHaveLength(1);
});
