import {
  answered,
  badRequest,
  isRecord,
  lacking,
  mayEdit,
  type ApiAnswer,
  type ApiCall,
  type Caller,
} from './answer.ts';

/** An annotation as Grafana answers it. */
export interface StoredAnnotation {
  readonly id: number;
  readonly dashboardUID: string;
  readonly panelId?: number;
  readonly time: number;
  readonly timeEnd: number;
  readonly text: string;
  readonly tags: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly created: number;
  readonly updated: number;
  readonly login: string;
}

/** The fields of a body, or undefined when one has another type than Grafana takes. */
interface Given {
  readonly dashboardUID?: string;
  readonly panelId?: number;
  readonly time?: number;
  readonly timeEnd?: number;
  readonly text?: string;
  readonly tags?: readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
}

const maxTagsLength = 500;
const tagsTooLong = answered(400, {
  statusCode: 400,
  messageId: 'annotations.tag-limit-exceeded',
  message: 'Tags length exceeds the maximum allowed.',
});

const typeOfField: Readonly<Record<keyof Given, (value: unknown) => boolean>> = {
  dashboardUID: (value) => typeof value === 'string',
  panelId: (value) => typeof value === 'number',
  time: (value) => typeof value === 'number',
  timeEnd: (value) => typeof value === 'number',
  text: (value) => typeof value === 'string',
  tags: (value) => Array.isArray(value) && value.every((tag) => typeof tag === 'string'),
  data: isRecord,
};

function readGiven(body: unknown): Given | undefined {
  if (!isRecord(body)) {
    return undefined;
  }
  const fits = Object.entries(typeOfField).every(([name, test]) => body[name] === undefined || test(body[name]));
  return fits ? (body as Given) : undefined;
}

/**
 * Annotations as Grafana 12.3.0 keeps them, with what it lets pass: unknown panels, seconds for milliseconds, ends before
 * starts (which it swaps), and deletions of what is not there.
 */
export class AnnotationStore {
  readonly #knowsDashboard: (uid: string) => boolean | Promise<boolean>;
  readonly #nowMs: () => number;
  #annotations: StoredAnnotation[] = [];
  #nextId = 1;

  constructor(knowsDashboard: (uid: string) => boolean | Promise<boolean>, nowMs: () => number = Date.now) {
    this.#knowsDashboard = knowsDashboard;
    this.#nowMs = nowMs;
  }

  get all(): readonly StoredAnnotation[] {
    return this.#annotations;
  }

  /** Puts one there as if somebody else had written it. */
  add(given: Given, login = 'admin'): StoredAnnotation {
    const nowMs = this.#nowMs();
    const times = [given.time ?? nowMs, given.timeEnd ?? given.time ?? nowMs];
    const annotation: StoredAnnotation = {
      id: this.#nextId,
      dashboardUID: given.dashboardUID ?? '',
      ...(given.panelId !== undefined && given.panelId !== 0 && { panelId: given.panelId }),
      time: Math.min(...times),
      timeEnd: Math.max(...times),
      text: given.text ?? '',
      tags: given.tags ?? [],
      data: given.data ?? {},
      created: nowMs,
      updated: nowMs,
      login,
    };
    this.#nextId += 1;
    this.#annotations.push(annotation);
    return annotation;
  }

  /** A person deletes one in the interface. */
  drop(id: number): void {
    this.#annotations = this.#annotations.filter((annotation) => annotation.id !== id);
  }

  /** Calls below `api/annotations`. */
  async answer(call: ApiCall): Promise<ApiAnswer> {
    const id = /^annotations\/(\d+)$/.exec(call.path)?.[1];
    if (id !== undefined) {
      return this.#answerOne(call, Number(id));
    }
    if (call.path !== 'annotations') {
      return answered(404, { message: 'Not found' });
    }
    return call.method === 'POST' ? await this.#create(call) : this.#list(call.query, call.caller);
  }

  async #create({ body, caller }: ApiCall): Promise<ApiAnswer> {
    if (caller.role === 'None') {
      return lacking('annotations:create');
    }
    const given = readGiven(body);
    if (given === undefined) {
      return badRequest;
    }
    if (given.text === undefined || given.text === '') {
      return answered(400, { message: 'Failed to save annotation' });
    }
    if (given.dashboardUID !== undefined && !(await this.#knowsDashboard(given.dashboardUID))) {
      return answered(500, { message: 'Error while checking annotation permissions' });
    }
    if (!mayEdit(caller)) {
      return answered(403, { message: 'Access denied to save the annotation' });
    }
    if ((given.tags ?? []).join(',').length > maxTagsLength) {
      return tagsTooLong;
    }
    return answered(200, { id: this.add(given, caller.login).id, message: 'Annotation added' });
  }

  #list(query: URLSearchParams, { role }: Caller): ApiAnswer {
    if (role === 'None') {
      return lacking('annotations:read');
    }
    const tags = query.getAll('tags');
    const anyTag = query.get('matchAny') === 'true';
    const hasTags = (own: readonly string[]) =>
      anyTag ? tags.length === 0 || tags.some((tag) => own.includes(tag)) : tags.every((tag) => own.includes(tag));
    const [from, to] = [Number(query.get('from') ?? 0), Number(query.get('to') ?? 0)];
    const [dashboardUID, panelId] = [query.get('dashboardUID'), Number(query.get('panelId') ?? 0)];
    const found = this.#annotations
      .filter((one) => dashboardUID === null || one.dashboardUID === dashboardUID)
      .filter((one) => panelId === 0 || one.panelId === panelId)
      .filter((one) => from <= 0 || to <= 0 || (one.time <= to && one.timeEnd >= from))
      .filter((one) => hasTags(one.tags))
      .sort((a, b) => b.timeEnd - a.timeEnd || b.time - a.time);
    const limit = Number(query.get('limit') ?? 0);
    return answered(200, found.slice(0, limit > 0 ? limit : 100));
  }

  #answerOne({ method, body, caller }: ApiCall, id: number): ApiAnswer {
    const found = this.#annotations.find((annotation) => annotation.id === id);
    if (method === 'GET') {
      return found === undefined ? answered(404, { message: 'Annotation not found' }) : answered(200, found);
    }
    if (!mayEdit(caller)) {
      return lacking(method === 'DELETE' ? 'annotations:delete' : 'annotations:write');
    }
    if (method === 'DELETE') {
      this.drop(id);
      return answered(200, { message: 'Annotation deleted' });
    }
    if (found === undefined) {
      return answered(404, { message: 'Annotation not found' });
    }
    const given = readGiven(body);
    if (given === undefined) {
      return badRequest;
    }
    this.#replace(found, given);
    return answered(200, { message: method === 'PUT' ? 'Annotation updated' : 'Annotation patched' });
  }

  #replace(found: StoredAnnotation, given: Given): void {
    const { time = found.time, timeEnd = found.timeEnd, text = found.text } = given;
    const { tags = found.tags, data = found.data } = given;
    const changed = { ...found, time, timeEnd, text, tags, data, updated: this.#nowMs() };
    this.#annotations = this.#annotations.map((annotation) => (annotation === found ? changed : annotation));
  }
}
