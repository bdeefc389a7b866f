export interface Unit {
  /** What the values are in after the factor: `s`, `bytes`, `%`, `/s`; empty for a bare number. */
  readonly base: string;
  readonly factor: number;
}

const seconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  µs: 1e-6,
  μs: 1e-6,
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  sec: 1,
  secs: 1,
  second: 1,
  seconds: 1,
  min: 60,
  mins: 60,
  minute: 60,
  minutes: 60,
  h: 3_600,
  hr: 3_600,
  hour: 3_600,
  hours: 3_600,
  d: 86_400,
  day: 86_400,
  days: 86_400,
  week: 604_800,
  weeks: 604_800,
};

const decimalPrefixes: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
const binaryPrefixes: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};
// Grafana's "short" unit: 1.5 K, 2.3 Mil, 1.2 Bil, 1 Tri.
const counts: Readonly<Record<string, number>> = {
  k: 1e3,
  K: 1e3,
  M: 1e6,
  Mil: 1e6,
  G: 1e9,
  Bil: 1e9,
  T: 1e12,
  Tri: 1e12,
};
const rates = new Set(['ops', 'reqs', 'req', 'rps', 'wps', 'iops', 'events', 'mps', 'c', 'p', 'pps']);

function dataUnit(text: string): Unit | undefined {
  const match = /^(|[kKMGTP]|[KMGTP]i)(B|bytes?|b|bits?)$/.exec(text);
  const [, prefix = '', base = ''] = match ?? [];
  const factor = decimalPrefixes[prefix] ?? binaryPrefixes[prefix];
  if (match === null || factor === undefined) {
    return undefined;
  }
  return { base: base === 'B' || base.startsWith('byte') ? 'bytes' : 'bits', factor };
}

function perSecond(text: string): Unit | undefined {
  const match = /^(.*?)(?:\/s(?:ec)?|ps)$/.exec(text);
  const inner = match?.[1]?.trim() ?? '';
  if (match === null || inner === '') {
    return match !== null ? { base: '/s', factor: 1 } : undefined;
  }
  const data = dataUnit(inner);
  if (data !== undefined) {
    return { base: `${data.base}/s`, factor: data.factor };
  }
  const [, prefix = '', what = ''] = /^([kKMG]?)\s*(.*)$/.exec(inner) ?? [];
  return rates.has(what) ? { base: '/s', factor: decimalPrefixes[prefix] ?? 1 } : undefined;
}

/** The unit that a monitoring tool or a spreadsheet writes behind a number; undefined when it is not known. */
export function unitOf(text: string): Unit | undefined {
  if (text === '%') {
    return { base: '%', factor: 1 };
  }
  const duration = seconds[text];
  if (duration !== undefined) {
    return { base: 's', factor: duration };
  }
  // A lone B is a byte; Grafana's "short" writes Bil for a thousand million.
  const data = dataUnit(text);
  if (data !== undefined) {
    return data;
  }
  const count = counts[text];
  if (count !== undefined) {
    return { base: '', factor: count };
  }
  const rate = perSecond(text);
  if (rate !== undefined) {
    return rate;
  }
  const known: Readonly<Record<string, string>> = {
    '°C': '°C',
    C: '°C',
    '°F': '°F',
    V: 'V',
    A: 'A',
    W: 'W',
    Hz: 'Hz',
    rpm: 'rpm',
  };
  const base = known[text];
  return base === undefined ? undefined : { base, factor: 1 };
}
