/**
 * Characters that a browser does not draw or that turn the order of others around: controls, direction marks, spaces
 * without width, separators of lines, tags. A label that holds them could look like another one.
 */
const hidden =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
/** What text over several lines keeps. */
const layout = new Set(['\n', '\t']);

function codeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Text of strangers as one line, with what could not be seen written out: `\u202e`. */
export function visibleText(text: string): string {
  return text.replace(hidden, codeOf);
}

/** Like visibleText, for output over several lines. */
export function visibleLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(hidden, (found) => (layout.has(found) ? found : codeOf(found)));
}
