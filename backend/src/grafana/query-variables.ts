/** Stands for what a variable may hold, in strings and names. From the private use area: no query has it. */
export const any = '\uE000';

/** Written where a variable stands for a name or a number, so that the query can be parsed. */
export const anyIdentifier = 'any_variable_of_grafana';

/** Written where a variable stands for a duration; no one writes one year, odd seconds. */
export const anyDurationSeconds = 31_415_927;

const variable = /(?:\$[A-Za-z_]\w*|\$\{[A-Za-z_][^}]*\}|\[\[[A-Za-z_][^\]]*\]\])/y;
const anyVariable = new RegExp(variable.source);

const textsAndRanges =
  /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|`[^`]*`|#[^\n]*|(?<!\[)\[(?!\[[A-Za-z_])(?:\[\[[^\]]*\]\]|[^[\]])*\]/g;

/** Whether a variable may stand for the name of a metric: those within values of labels and ranges do not. */
export function mayNameAnyMetric(query: string): boolean {
  return anyVariable.test(query) && (query.includes('__name__') || anyVariable.test(query.replace(textsAndRanges, '')));
}

/**
 * The query with Grafana's variables and macros (`$job`, `${job:regex}`, `[[job]]`, `$__rate_interval`) replaced by what
 * can be parsed and is known again. `"$1"` of label_replace and a `$` that ends a regex are no variables.
 */
export function withoutVariables(query: string): string {
  let plain = '';
  for (let at = 0; at < query.length;) {
    const part = partAt(query, at);
    plain += replacedPart(part, plain);
    at += part.length;
  }
  return plain;
}

/** The string, comment, range, variable or character that begins at a place. */
function partAt(query: string, at: number): string {
  const patterns = [
    /"(?:\\[\s\S]|[^"\\])*"?/y,
    /'(?:\\[\s\S]|[^'\\])*'?/y,
    /`[^`]*`?/y,
    /#[^\n]*/y,
    /\[(?:\[\[[^\]]*\]\]|[^[\]])*\]/y,
    variable,
  ];
  for (const pattern of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(query)?.[0];
    if (found !== undefined) {
      return found;
    }
  }
  return query[at] ?? '';
}

function replacedPart(part: string, before: string): string {
  if (/^["'`]/.test(part)) {
    return part.replace(new RegExp(anyVariable, 'g'), any);
  }
  if (/^\[(?!\[)|^\[{3}/.test(part)) {
    const durations = part.slice(1, -1).split(':');
    return `[${durations.map((text) => (anyVariable.test(text) ? `${anyDurationSeconds}s` : text)).join(':')}]`;
  }
  if (part.startsWith('#') || !anyVariable.test(part)) {
    return part;
  }
  return /\boffset\s*-?\s*$/i.test(before) ? `${anyDurationSeconds}s` : anyIdentifier;
}
