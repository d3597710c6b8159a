/** Invisible characters and line separators: engines and API servers refuse some, and fold others as line breaks. */
export const unprintable = /[\x7F-\x9F\u2028\u2029\uFEFF\uFFFE\uFFFF]/;

/** Escapes them in a text of JSON or in double quotes: `\u0085`. */
export const escapeUnprintable = (text: string): string =>
  text.replace(
    new RegExp(unprintable, "g"),
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
