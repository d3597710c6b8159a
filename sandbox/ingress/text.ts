/** An argument in HAProxy's configuration, whatever characters it is made of. */
export const quote = (text: string): string => `"${text.replace(/[\\"$]/g, "\\$&")}"`;

/** Text inside a log format, where a percent sign has a meaning. */
export const literal = (text: string): string => text.replaceAll("%", "%%");

/** Answers with a plain text, which may hold variables: `%[…]`. */
export const answer = (status: number, text: string): string =>
  `http-request return status ${status} ${plainText(status, text)}`;

/** A line of plain text as the body of an answer. */
export const plainText = (status: number, text: string): string =>
  `content-type "text/plain; charset=utf-8" lf-string ${quote(`${status}: ${text}`).slice(0, -1)}\\n"`;

/** A section of the configuration: its first line, and the others indented. */
export const section = (head: string, ...lines: (string | undefined)[]): string =>
  [head, ...lines.filter((line) => line !== undefined).map((line) => `    ${line}`), ""].join("\n");
