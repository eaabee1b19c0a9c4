/** What keyboard-wedge scanners type around a text. It is taken off before a text is decided. */

const AROUND = "(?:[ \\t\\r\\n\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029\\0\\x02\\x03\\x04\\ufeff]|\\xef\\xbb\\xbf)";
const BEFORE = new RegExp(`^${AROUND}+`);
const AFTER = new RegExp(`${AROUND}+$`);

/** The text in a line that a scanner typed, or undefined: the line is blank. */
export function reading(line: string): string | undefined {
  const text = line.replace(BEFORE, "").replace(AFTER, "").replace(/^\]Q./, "");
  return text === "" ? undefined : text;
}
