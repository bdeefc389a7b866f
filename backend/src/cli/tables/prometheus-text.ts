import { parseSampleValue } from '../../datasources/metrics/matrix-text.ts';
import { SeriesByLabels } from './structured.ts';
import { TableError } from './table-error.ts';
import { epochToMs, epochUnitOf } from './times.ts';
import type { BadRow, FileContent } from './understanding.ts';

const labelPattern = /([a-zA-Z_][\w]*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;
const samplePattern = /^([a-zA-Z_:][\w:]*)?\s*(\{.*\})?\s+(\S+)(?:\s+(-?[\d.e+]+))?(?:\s*#.*)?$/;
const promtoolHead = /^(\S.*?)?\s*=>$/;
const promtoolSample = /^(\S+) @\[([\d.]+)\]$/;
const seriesHead = /^([a-zA-Z_:][\w:]*)?\s*(\{.*\})?$/;

/** Labels of `name{a="b"}`; undefined when something else stands between the braces. */
function labelsOf(name: string | undefined, braces: string | undefined): Record<string, string> | undefined {
  const labels: Record<string, string> = name === undefined ? {} : { __name__: name };
  const inner = braces?.slice(1, -1) ?? '';
  for (const [, label = '', value = ''] of inner.matchAll(labelPattern)) {
    labels[label] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return inner.replace(labelPattern, '').replace(/[,\s]/g, '') === '' ? labels : undefined;
}

/** Whether a text is what `promtool query range` or `query instant` prints. */
export function isPromtool(text: string): boolean {
  const [first = '', second = ''] = text.trimStart().split(/\r?\n/, 2);
  return /=>\s*$/.test(first) ? promtoolSample.test(second.trim()) : / => \S+ @\[[\d.]+\]$/.test(first);
}

/** Whether a text is OpenMetrics or the Prometheus exposition format. */
export function isExposition(text: string): boolean {
  const lines = text.split(/\r?\n/, 50).filter((line) => line.trim() !== '');
  const samples = lines.filter((line) => !line.startsWith('#'));
  const comments = lines.some((line) => /^# (?:HELP|TYPE|EOF|UNIT)\b/.test(line));
  const named = samples.filter((line) =>
    /^[a-zA-Z_:][\w:]*(?:\{.*\})?\s+(?:[-+]?[\d.]|NaN|[-+]?Inf)\S*(?:\s+[\d.]+)?/.test(line)
  );
  return (
    samples.length > 0 && named.length === samples.length && (comments || samples.every((line) => line.includes('{')))
  );
}

/** Series that `promtool query range` printed: a head line `name{…} =>`, then `value @[epoch]` lines. */
export function readPromtool(text: string): FileContent {
  const series = new SeriesByLabels();
  const bad: BadRow[] = [];
  let labels: Record<string, string> = {};
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.trim();
    const sample = promtoolSample.exec(line);
    const head = promtoolHead.exec(line);
    if (sample !== null) {
      series.add(labels, Math.round(Number(sample[2]) * 1_000), parseSampleValue(sample[1] ?? ''));
    } else if (head !== null) {
      const [, name, braces] = seriesHead.exec(head[1] ?? '') ?? [];
      labels = labelsOf(name, braces) ?? { __name__: head[1] ?? '' };
    } else if (/ => \S+ @\[/.test(line)) {
      throw new TableError(
        'it is the output of promtool query instant: one moment can not be forecast; use promtool query range'
      );
    } else if (line !== '') {
      bad.push({ line: i + 1, reason: `"${line.slice(0, 40)}" is not "value @[time]"` });
    }
  });
  return series.content('output of promtool query range, epoch s', bad);
}

function timeMs(text: string): number | undefined {
  const unit = epochUnitOf(Number(text));
  return unit === undefined ? undefined : epochToMs(Number(text), unit);
}

/** Series of an exposition with timestamps: seconds in OpenMetrics, milliseconds in the older format. */
export function readExposition(text: string): FileContent {
  const series = new SeriesByLabels();
  const bad: BadRow[] = [];
  let samples = 0;
  let timed = 0;
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) {
      return;
    }
    const [, name, braces, value = '', time] = samplePattern.exec(line) ?? [];
    const labels = labelsOf(name, braces);
    const ms = time === undefined ? undefined : timeMs(time);
    const number = parseSampleValue(value);
    samples += 1;
    timed += time === undefined ? 0 : 1;
    if (labels === undefined || ms === undefined || (Number.isNaN(number) && value !== 'NaN')) {
      bad.push({
        line: i + 1,
        reason: time === undefined ? 'it has no timestamp' : `"${line.slice(0, 40)}" can't be read`,
      });
      return;
    }
    series.add(labels, ms, number);
  });
  if (samples > 0 && timed === 0) {
    throw new TableError(
      'its samples have no timestamps: one scrape is one moment and can not be forecast; export a range'
    );
  }
  return series.content('OpenMetrics or Prometheus exposition with timestamps', bad);
}
