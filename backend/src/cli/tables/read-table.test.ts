import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { readTable, readTableText } from './read-table.ts';
import type { TableHints } from './understanding.ts';

const folder = join(import.meta.dirname, '../../../../test/fixtures/tables');
const startMs = Date.UTC(2026, 10, 20);

const read = (file: string, hints: TableHints = {}) => readTable(join(folder, file), Readable.from([]), hints);
const readText = (text: string, hints: TableHints = {}) => readTableText({ text, encoding: 'UTF-8' }, hints);
const factsOf = (facts: ReadonlyArray<readonly [string, string]>) => facts.map((fact) => fact.join(': ')).join('\n');
/** The values that the fixtures were made with. */
const made = Array.from({ length: 40 }, (_, i) => 20 + 10 * Math.sin(i / 5) + (i % 3));

// file, hints, name of the series, unit, factor against the made values, what must be told
const readable: ReadonlyArray<readonly [string, TableHints, string, string | undefined, number, RegExp]> = [
  ['grafana-joined.csv', { column: 'cart' }, 'cart', 's', 1e-3, /column "Time"/],
  ['grafana-excel-header.csv', {}, 'cpu', '%', 1, /no zone: read as UTC/],
  ['grafana-series-per-row.csv', { column: '"b"' }, 'Value{Series="b"}', undefined, 1, /labels: "Series"/],
  ['grafana-raw-epoch.csv', {}, 'Value', undefined, 1, /epoch ms/],
  ['bytes.csv', {}, 'mem', 'bytes', 1_048_576, /converted to bytes/],
  ['german.csv', {}, 'Wert', undefined, 100, /separated by ";".*\n.*day first[^]*decimal comma/],
  ['french.csv', {}, 'Valeur', undefined, 100, /separated by tab.*UTF-16LE/],
  ['swiss.csv', {}, 'Wert', undefined, 100, /separated by "\|"/],
  ['us.csv', {}, 'Value', undefined, 100, /month first/],
  ['korean.csv', {}, '값', undefined, 1, /column "시각"/],
  ['date-and-clock.csv', {}, 'Load', undefined, 1, /day first/],
  ['spreadsheet-days.csv', {}, 'Value', undefined, 1, /spreadsheet days/],
  ['epoch-s.csv', {}, 'value', undefined, 1, /epoch s/],
  ['epoch-ms.csv', {}, 'value', undefined, 1, /epoch ms/],
  ['epoch-us.csv', {}, 'value', undefined, 1, /epoch µs/],
  ['epoch-ns.csv', {}, 'value', undefined, 1, /epoch ns/],
  ['gzipped.csv.gz', {}, 'value', undefined, 1, /gzip/],
  ['promtool-range.txt', {}, 'up{job="node"}', undefined, 1, /promtool/],
  ['openmetrics.txt', {}, 'load{host="a"}', undefined, 1, /OpenMetrics/],
  ['exposition-ms.txt', {}, 'load{host="a"}', undefined, 1, /exposition/],
  ['prometheus-range.json', {}, 'up{job="a"}', undefined, 1, /Prometheus API/],
  ['graphite-headless.csv', {}, 'column 3{column 1="a.b"}', undefined, 1, /no header/],
  ['netdata.json', {}, 'user', undefined, 1, /newest first: turned round/],
  ['netdata.csv', {}, 'user', undefined, 1, /newest first: turned round/],
  ['cloudwatch.json', {}, 'CPUUtilization', undefined, 1, /CloudWatch/],
  ['cloudwatch-statistics.json', {}, 'Average{Unit="Percent"}', undefined, 1, /JSON, 40 objects/],
  ['cloudwatch-console.csv', {}, 'CPUUtilization', undefined, 1, /header in line 4/],
  ['zabbix.csv', {}, 'value', undefined, 1, /column "clock", epoch s/],
  ['zabbix.json', {}, 'value', undefined, 1, /column "clock", epoch s/],
  ['influx-annotated.csv', {}, '_value{_field="usage", _measurement="cpu"}', undefined, 1, /InfluxDB/],
  ['kibana.csv', {}, 'Average of latency', undefined, 100, /@timestamp per 5 minutes/],
  ['splunk.csv', {}, 'count', undefined, 1, /zone in the text/],
  ['datadog.csv', {}, 'avg:system.load.1{host="web-1"}', undefined, 1, /labels: "host"/],
  ['ndjson.json', {}, 'value', undefined, 1, /JSON, 40 objects/],
  ['unsorted-duplicates.csv', {}, 'value', undefined, 1, /sorted[^]*1 repeated time, all with the same value/],
];

describe('a file of a known kind is read in full', () => {
  test.each(readable.map((row) => [row[0], row] as const))('%s', async (_, [file, hints, name, unit, factor, told]) => {
    const series = await read(file, hints);
    expect(series).toMatchObject({ name, unit });
    expect(series.timestampsMs).toEqual(made.map((_, i) => startMs + i * 300_000));
    const off = made.map((value, i) => Math.abs((series.values[i] ?? NaN) / factor - value));
    expect(Math.max(...off)).toBeLessThan(0.0051); // the files hold two digits after the mark
    expect(factsOf(series.facts)).toMatch(told);
    expect(factsOf(series.facts)).toMatch(/step 5m \(found\), no gaps\nrows: 4[01] read, none skipped|8\d read/);
  });

  test('a value that Graphite did not have is a gap', async () => {
    for (const file of ['graphite.json', 'graphite-raw.txt']) {
      const { values, facts } = await read(file);
      expect(values[3]).toBeNaN();
      expect(factsOf(facts)).toMatch(/1 of 40 values missing/);
    }
  });

  test('a bad row is named by its line and skipped', async () => {
    const { values, facts } = await read('one-bad-row.csv');
    expect(values).toHaveLength(39);
    expect(factsOf(facts)).toMatch(/40 read, 1 skipped: line 9: "yesterday" is not a time/);
  });

  test('standard input is read like a file', async () => {
    const series = await readTable(
      '-',
      Readable.from([Buffer.from('time,v\n2026-11-20T00:00Z,1\n2026-11-20T00:05Z,2\n')]),
      {}
    );
    expect(series.values).toEqual([1, 2]);
  });
});

describe('what only the person can decide is asked for by its flag', () => {
  const asked: ReadonlyArray<readonly [string, RegExp]> = [
    ['grafana-joined.csv', /2 series: "cart", "checkout"; choose one with --column/],
    ['ambiguous-date.csv', /3\/4\/2026 can be read in two ways.*--date-order/],
    ['ambiguous-decimal.csv', /1,100 can be read in two ways.*--decimal/],
    ['several-times.csv', /"created", "updated"; choose one with --time-column/],
    ['clock-change.csv', /clocks seem to change after 2026-10-25 02:30.*--time-zone/],
  ];
  test.each(asked)('%s', async (file, question) => {
    await expect(read(file)).rejects.toMatchObject({
      name: 'UndecidedError',
      message: expect.stringMatching(question) as unknown,
    });
  });

  test('the answers to these questions are followed', async () => {
    expect((await read('ambiguous-date.csv', { dateOrder: 'day-first' })).timestampsMs[0]).toBe(Date.UTC(2026, 3, 3));
    expect((await read('ambiguous-date.csv', { dateOrder: 'month-first' })).timestampsMs[0]).toBe(Date.UTC(2026, 2, 4));
    expect((await read('ambiguous-decimal.csv', { decimal: ',' })).values[0]).toBe(1.1);
    expect((await read('ambiguous-decimal.csv', { decimal: '.' })).values[0]).toBe(1_100);
    expect((await read('several-times.csv', { timeColumn: 'updated' })).timestampsMs[0]).toBe(startMs + 300_000);
  });

  test('with the zone the repeated hour of autumn is lived twice', async () => {
    const { timestampsMs } = await read('clock-change.csv', { timeZone: 'Europe/Berlin' });
    const gaps = timestampsMs.slice(1).map((ms, i) => ms - (timestampsMs[i] ?? 0));
    expect(new Set(gaps)).toEqual(new Set([1_800_000]));
    expect(timestampsMs).toHaveLength(14);
  });

  test('a column or zone that does not exist is answered with those that do', async () => {
    await expect(read('epoch-s.csv', { column: 'cpu' })).rejects.toThrow(
      /no series "cpu" \(--column\); there are: "value"/
    );
    await expect(read('epoch-s.csv', { timeColumn: 'when' })).rejects.toThrow(
      /no column "when" \(--time-column\); there are: "ts", "value"/
    );
    await expect(read('german.csv', { timeZone: 'Mars' })).rejects.toThrow(/"Mars" is no time zone/);
  });

  test('days that follow each other decide between day and month', () => {
    const rows = ['11/28', '11/29', '11/30', '12/01'].map((day, i) => `${day}/2026 00:00,${i}`);
    expect(readText(`time,v\n${rows.join('\n')}\n`).timestampsMs[0]).toBe(Date.UTC(2026, 10, 28));
    const short = ['04/11/2026 23:00', '05/11/2026 00:00', '05/11/2026 01:00'].map((time, i) => `${time},${i}`);
    expect(readText(`time,v\n${short.join('\n')}\n`).timestampsMs[0]).toBe(Date.UTC(2026, 10, 4, 23));
  });
});

describe('a file that can not be used says why', () => {
  const refused: ReadonlyArray<readonly [string, RegExp]> = [
    ['empty.csv', /it is empty/],
    ['headers-only.csv', /no row of data under the header "time", "value"/],
    ['binary.csv', /save the sheet as CSV/],
    ['login-page.csv', /HTML or XML page/],
    ['no-time.csv', /no column holds times/],
    ['many-bad-rows.csv', /11 of 40 rows can't be read.*line 9: .*line 12: .*and 6 more/],
    ['decimal-comma-in-commas.csv', /decimal commas in a file separated by commas/],
    ['exposition-without-time.txt', /no timestamps/],
    ['prometheus-instant.json', /instant query/],
    ['prometheus-error.json', /parse error/],
    ['missing.csv', /there is no such file/],
    ['.', /it is a directory/],
  ];
  test.each(refused)('%s', async (file, reason) => {
    await expect(read(file)).rejects.toMatchObject({
      name: 'TableError',
      message: expect.stringMatching(reason) as unknown,
    });
  });

  test('broken JSON, unknown JSON and open quotes are told apart', () => {
    expect(() => readText('{"a": ')).toThrow(/begins like JSON but is broken/);
    expect(() => readText('{"a": 1}')).toThrow(/JSON of an unknown form/);
    expect(() => readText('time,v\n"2026-11-20T00:00Z,1\n')).toThrow(/quotes do not match|no column|no row/);
  });

  test('mixed units are bad rows', () => {
    expect(() => readText('time,v\n2026-11-20T00:00Z,1 ms\n2026-11-20T00:05Z,1 MiB\n')).toThrow(/has another unit/);
  });
});
