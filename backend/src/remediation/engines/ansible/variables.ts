import { AppError } from '../../../errors.ts';
import type { Labels } from '../../../timeseries/series.ts';
import type { Parameters } from '../parameters.ts';

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const mostBytes = 1_000_000;

/**
 * Texts that YAML 1.1 would read as something else, were they not quoted. ansible-core 2.19 and later look at a text
 * behind `!unsafe` again as if it had no quotes: "0777" would become 511, and "yes" true. None of these can hold a
 * template, so that plain quotes are as good for them. A line end behind one does not make it a text.
 */
const readAsOther = [
  /^(~|null|=|<<|[!&*]|)\n?$/i,
  /^(y|n|yes|no|true|false|on|off)\n?$/i,
  /^[-+]?\.(inf|nan)\n?$/i,
  /^[-+]?[0-9._][0-9A-Fa-fxob_.:+\-TtZz \t]*\n?$/,
];

/**
 * The variables of a run as YAML. Texts are `!unsafe`, which Ansible never takes for a template; labels stand under
 * `heal_alert.labels` only, where no name of theirs can mean anything to Ansible.
 * @throws AppError `invalid_request` for texts that YAML can't hold, or too much of them
 */
export function variablesFile(values: { readonly parameters: Parameters; readonly labels: Labels }): string {
  const parameters = Object.entries(values.parameters).map(([name, value]) => `${name}: ${scalar(name, value)}`);
  const labels = Object.entries(values.labels)
    .filter(([name]) => labelName.test(name))
    .map(([name, value]) => `    ${quoted(name)}: ${scalar(name, value)}`);
  const lines = ['---', ...parameters, 'heal_alert:', labels.length === 0 ? '  labels: {}' : '  labels:', ...labels];
  const text = `${lines.join('\n')}\n`;
  if (Buffer.byteLength(text) > mostBytes) {
    throw new AppError('invalid_request', `labels and parameters are larger than ${mostBytes / 1e6} MB together`);
  }
  return text;
}

/** Labels whose names can't be written as `heal_alert.labels.name`; a playbook does not get them. */
export function unusableLabels(labels: Labels): readonly string[] {
  return Object.keys(labels).filter((name) => !labelName.test(name));
}

function scalar(name: string, value: string | number | boolean): string {
  if (typeof value !== 'string') {
    return JSON.stringify(value);
  }
  if (!value.isWellFormed()) {
    throw new AppError('invalid_request', `the value of "${name}" is no well-formed text (a lone surrogate)`);
  }
  return readAsOther.some((form) => form.test(value)) ? quoted(value) : `!unsafe ${quoted(value)}`;
}

/** A JSON text is a YAML text, but for characters that YAML has written as escapes, and characters above U+FFFF. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}
