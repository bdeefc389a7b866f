import { from, type Observable } from 'rxjs';
import {
  DataSourceApi,
  rangeUtil,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceInstanceSettings,
  type MetricFindValue,
  type ScopedVars,
} from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import type { DataQuery, DataSourceJsonData } from '@grafana/schema';
import { boot } from './boot.ts';
import { toFrames, type PrometheusData } from './prometheus-frames.ts';

export interface PromQuery extends DataQuery {
  readonly expr: string;
  readonly legendFormat?: string;
  readonly interval?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: 'time_series' | 'table';
}

interface PromOptions extends DataSourceJsonData {
  readonly httpMethod?: string;
  readonly timeInterval?: string;
}

type Answer =
  | { readonly status: 'success'; readonly data: PrometheusData }
  | { readonly status: 'error'; readonly errorType: string; readonly error: string };

const maxPoints = 11_000;

const escapeRegex = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\\\$&');
const escapeText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

/** Variables in PromQL: one value is escaped as text, several become a regular expression's alternatives. */
function formatVariable(value: string | string[], variable: { multi?: boolean; includeAll?: boolean }): string {
  if (typeof value === 'string') {
    return variable.multi === true || variable.includeAll === true ? escapeRegex(value) : escapeText(value);
  }
  const parts = value.map(escapeRegex);
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join('|')})`;
}

function durationText(ms: number): string {
  const seconds = ms / 1000;
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return minutes > 0 ? `${minutes}m${rest}s` : `${seconds}s`;
}

interface Run {
  readonly target: PromQuery;
  readonly request: DataQueryRequest<PromQuery>;
  readonly signal: AbortSignal;
}

async function readAnswer(answer: Response): Promise<PrometheusData> {
  const text = await answer.text();
  let body: Answer;
  try {
    body = JSON.parse(text) as Answer;
  } catch {
    const start = text.slice(0, 60);
    throw new Error(`unexpected response with status code ${answer.status}: ${start === '' ? '(empty)' : start}`);
  }
  if (body.status !== 'success') {
    throw new Error(`${body.errorType}: ${body.error}`);
  }
  return body.data;
}

/** Stands in for Grafana's core Prometheus data source: the same requests upstream, the same frames for panels. */
export class PrometheusDataSource extends DataSourceApi<PromQuery, PromOptions> {
  readonly #settings: DataSourceInstanceSettings<PromOptions>;

  constructor(settings: DataSourceInstanceSettings<PromOptions>) {
    super(settings);
    this.#settings = settings;
  }

  query(request: DataQueryRequest<PromQuery>): Observable<DataQueryResponse> {
    const targets = request.targets.filter((target) => target.hide !== true && (target.expr ?? '').trim() !== '');
    const { signal } = new AbortController();
    const runs = targets.map(async (target) => await this.#run({ target, request, signal }));
    return from(Promise.all(runs).then((frames) => ({ data: frames.flat() })));
  }

  /** Only the variable queries that dashboards use: `label_values(…)`, `query_result(…)`. */
  override async metricFindQuery(
    query: unknown,
    options?: { range?: DataQueryRequest['range'] }
  ): Promise<MetricFindValue[]> {
    const raw = typeof query === 'string' ? query : String((query as { query?: unknown }).query ?? '');
    const text = this.#interpolate(raw, {});
    const values = /^label_values\((?:(.+),\s*)?([\w.]+)\)$/.exec(text.trim());
    if (values !== null) {
      return await this.#labelValues(values[2] ?? '', values[1], options?.range);
    }
    const result = /^query_result\((.+)\)$/s.exec(text.trim());
    if (result === null) {
      throw new Error(`the host knows label_values() and query_result() only, not ${text}`);
    }
    const data = await this.#ask('query', { query: result[1] ?? '', time: String(Date.now() / 1000) });
    const origin = { refId: 'V', expr: text, legendFormat: '', stepMs: 0, asTable: false };
    return toFrames(data, origin).map(({ fields: [time, value] }) => ({
      text: [value?.config.displayNameFromDS, value?.values[0], time?.values[0]].join(' '),
    }));
  }

  async testDatasource(): Promise<{ status: string; message: string }> {
    await this.#ask('query', { query: '1+1', time: '4' });
    return { status: 'success', message: 'Successfully queried the Prometheus API.' };
  }

  #interpolate(text: string, scopedVars: ScopedVars): string {
    return getTemplateSrv().replace(text, scopedVars, formatVariable);
  }

  #stepMs({ target, request }: Run): number {
    const least = target.interval ?? '';
    const scrape = rangeUtil.intervalToMs(this.#settings.jsonData.timeInterval ?? '15s');
    const asked = least === '' ? scrape : rangeUtil.intervalToMs(this.#interpolate(least, request.scopedVars));
    const rangeMs = request.range.to.valueOf() - request.range.from.valueOf();
    const safe = Math.ceil(rangeMs / maxPoints / 1000) * 1000;
    return Math.max(request.intervalMs, asked, safe);
  }

  #expression(run: Run, stepMs: number): string {
    const scrapeMs = rangeUtil.intervalToMs(this.#settings.jsonData.timeInterval ?? '15s');
    const { range, scopedVars } = run.request;
    const rangeMs = range.to.valueOf() - range.from.valueOf();
    const own = (text: string): { text: string; value: string } => ({ text, value: text });
    return this.#interpolate(run.target.expr, {
      ...scopedVars,
      __interval: own(durationText(stepMs)),
      __interval_ms: own(String(stepMs)),
      __rate_interval: own(durationText(Math.max(stepMs + scrapeMs, 4 * scrapeMs))),
      __range: own(`${Math.round(rangeMs / 1000)}s`),
      __range_s: own(String(Math.round(rangeMs / 1000))),
      __range_ms: own(String(rangeMs)),
    });
  }

  async #run(run: Run): Promise<DataFrame[]> {
    const { target, request } = run;
    const stepMs = this.#stepMs(run);
    const expr = this.#expression(run, stepMs);
    const isInstant = target.instant === true && target.range !== true;
    const align = (ms: number): string => String((Math.floor(ms / stepMs) * stepMs) / 1000);
    const data = isInstant
      ? await this.#ask('query', { query: expr, time: String(request.range.to.valueOf() / 1000) }, run.signal)
      : await this.#ask(
          'query_range',
          {
            query: expr,
            start: align(request.range.from.valueOf()),
            end: align(request.range.to.valueOf()),
            step: String(stepMs / 1000),
          },
          run.signal
        );
    const asTable = target.format === 'table';
    return toFrames(data, { refId: target.refId, expr, legendFormat: target.legendFormat, stepMs, asTable });
  }

  async #labelValues(
    label: string,
    match: string | undefined,
    range: DataQueryRequest['range'] | undefined
  ): Promise<MetricFindValue[]> {
    const params = new URLSearchParams(match === undefined ? {} : { 'match[]': match });
    if (range !== undefined) {
      params.set('start', String(Math.floor(range.from.valueOf() / 1000)));
      params.set('end', String(Math.ceil(range.to.valueOf() / 1000)));
    }
    const answer = await fetch(`${this.#url()}/api/v1/label/${label}/values?${params.toString()}`);
    const values = (await readAnswer(answer)) as unknown as readonly string[];
    return values.map((text) => ({ text }));
  }

  #url(): string {
    return `${boot.settings.appSubUrl}/api/datasources/proxy/uid/${this.uid}`;
  }

  async #ask(endpoint: string, form: Record<string, string>, signal?: AbortSignal): Promise<PrometheusData> {
    const body = new URLSearchParams(form);
    const given = signal === undefined ? {} : { signal };
    const address = `${this.#url()}/api/v1/${endpoint}`;
    const isGet = this.#settings.jsonData.httpMethod === 'GET';
    const answer = isGet
      ? await fetch(`${address}?${body.toString()}`, given)
      : await fetch(address, { method: 'POST', body, ...given });
    return await readAnswer(answer);
  }
}
