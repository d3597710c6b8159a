/** Letters that nobody sees, or that YAML has no line of text be made of: engines and API servers refuse some, and fold others. */
export const unprintable = /[\x7F-\x9F\u2028\u2029\uFEFF\uFFFE\uFFFF]/;

/** A text of JSON or in double quotes with those written as what they are: `\u0085`. */
export const escapeUnprintable = (text: string): string =>
  text.replace(
    new RegExp(unprintable, "g"),
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
