/** A call of Grafana's HTTP API, as far as the fake looks at it. */
export interface ApiCall {
  readonly method: string;
  /** Decoded, below `/api/` or `/apis/`, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined when the body was none. */
  readonly body: unknown;
  readonly caller: Caller;
}

export type Role = 'None' | 'Viewer' | 'Editor' | 'Admin';

export interface Caller {
  readonly role: Role;
  readonly login: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export const answered = (status: number, body: unknown): ApiAnswer => ({ status, body });

export const badRequest: ApiAnswer = answered(400, { message: 'bad request data' });

/** The refusal that names the right that is missing. */
export function lacking(permission: string): ApiAnswer {
  return answered(403, {
    accessErrorId: 'ACE0000000001',
    message: `You'll need additional permissions to perform this action. Permissions needed: ${permission}`,
    title: 'Access denied',
  });
}

export const mayEdit = ({ role }: Caller): boolean => role === 'Editor' || role === 'Admin';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
