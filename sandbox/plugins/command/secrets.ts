import { secretTexts } from "../rpc/secret-texts";
import { bare, isObject, omit, type Properties, Secret, type Value } from "../rpc/values";

/** From this length on, a line of a longer secret is known again when it is printed alone. */
const unmistakable = 16;

/**
 * The secrets of one resource: they are blotted out of what is shown, and an output that holds one is secret itself. Of a
 * connection only what lets in counts: its host and user may be told.
 */
export class Secrets {
  private readonly texts: readonly string[];

  constructor(inputs: Properties, before: Properties) {
    const connection = isObject(bare(inputs["connection"] ?? null))
      ? (bare(inputs["connection"] ?? null) as Properties)
      : {};
    const keys = [connection, proxyOf(connection)].map((hop) =>
      ["password", "privateKey", "privateKeyPassword"].flatMap((name) => {
        const value = hop[name];
        return value === undefined ? [] : [new Secret(bare(value))];
      }),
    );
    const found: Value[] = [omit(inputs, "connection"), before, ...keys];
    const whole = secretTexts(found);
    const lines = whole
      .flatMap((text) => text.split("\n").map((line) => line.trim()))
      .filter((line) => line.length >= unmistakable);
    // Longer ones first: a secret that holds another is to go as a whole.
    this.texts = [...new Set([...whole, ...lines])].sort((a, b) => b.length - a.length);
  }

  /** A text without any of the secrets. */
  redact(text: string): string {
    return this.texts.reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text);
  }

  /** An output, secret if it holds one. */
  mark(text: string): Value {
    return this.texts.some((secret) => text.includes(secret)) ? new Secret(text) : text;
  }
}

function proxyOf(connection: Properties): Properties {
  const proxy = bare(connection["proxy"] ?? null);
  return isObject(proxy) ? proxy : {};
}
