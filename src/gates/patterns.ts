/**
 * Patterns of branches and tags as people write them: `release-*`, `vX.Y.Z[-hotfixN]`. `*` is any text, X, Y, Z and N are
 * numbers, the part in brackets is optional; all else is literal.
 */

/** Whether a name matches a pattern. */
export const follows = (name: string, pattern: string): boolean => expression(pattern).test(name);

/** Syntax of a pattern: brackets in pairs, one level deep. */
export const patternShape = /^(?=\S+$)[^[\]]*(\[[^[\]]+\][^[\]]*)*$/;

const token = /(?<any>\*)|(?<number>[XYZN](?![A-Za-z]))|(?<open>\[)|(?<close>\])|[^*[\]]/g;

function expression(pattern: string): RegExp {
  const parts = [...pattern.matchAll(token)].map(({ 0: letter, groups = {} }) => {
    if (groups["any"] !== undefined) return ".+";
    if (groups["number"] !== undefined) return String.raw`(0|[1-9]\d*)`;
    if (groups["open"] !== undefined) return "(?:";
    if (groups["close"] !== undefined) return ")?";
    return letter.replace(/[.+?^${}()|\\/-]/, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join("")}$`);
}
