/** A machine's answer cannot be parsed as facts. */
export class FactsError extends Error {}

/** Lines of `<name> <value>`. */
export class Lines {
  private readonly values = new Map<string, string[]>();

  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [, name, value = ""] = /^([a-z-]+)(?: (.*))?$/.exec(line.trimEnd()) ?? [];
      if (name === undefined) continue;
      this.values.set(name, [...(this.values.get(name) ?? []), value]);
    }
  }

  has = (name: string): boolean => this.values.has(name);
  all = (name: string): string[] => this.values.get(name) ?? [];
  first = (name: string): string | undefined => this.all(name)[0];

  one(name: string): string {
    const value = this.first(name);
    if (value === undefined) throw new FactsError(`it told no ${name}`);
    return value;
  }

  /** Values of two parts: a word, and the rest. */
  pairs(name: string): [string, string][] {
    return this.all(name).map((value) => {
      const [word = "", ...rest] = value.split(" ");
      return [word, rest.join(" ")];
    });
  }
}
